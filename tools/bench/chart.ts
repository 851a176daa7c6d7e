/**
 * The chart for the README, as SVG: who serves how much, beside the floor. It names its date and machine, since it is shown
 * without the report. It stands on its own: no font, style or script is fetched.
 */

import { type Circumstances, describeMachine } from './circumstances.ts';
import { type Comparison, findCell, spreadOf } from './figures.ts';
import type { Part } from './results.ts';
import type { Spread } from './statistics.ts';
import { titleOf, type Workload } from './workload.ts';

const CHARTED: readonly Workload[] = [
  { operation: 'put', valueBytes: 16, clients: 64 },
  { operation: 'put', valueBytes: 16, clients: 1 },
  { operation: 'get', valueBytes: 16, clients: 64 },
];

const WIDTH = 760;
const LABELS_WIDTH = 90;
const FIGURES_WIDTH = 180;
const BARS_WIDTH = WIDTH - LABELS_WIDTH - FIGURES_WIDTH;
const BAR = { height: 16, step: 22 } as const;
const HEAD_HEIGHT = 62;
const TITLE_HEIGHT = 30;

const COLOURS = {
  ink: '#24292f',
  faint: '#6e7781',
  paper: '#ffffff',
  bar: '#4c78a8',
  floor: '#9aa5b1',
} as const;

interface Bar {
  readonly name: string;
  readonly perSecond: Spread;
}

/** Undefined if nothing that it shows was measured. */
export function drawChart({ circumstances, figures }: Part<Comparison>): string | undefined {
  const panels = CHARTED.map((workload) => ({ title: titleOf(workload), bars: barsOf(figures, workload) }));
  const drawn = panels.filter(({ bars }) => bars.length > 0);
  if (drawn.length === 0) return undefined;
  let y = HEAD_HEIGHT;
  const parts = drawn.map(({ title, bars }) => {
    const part = drawPanel(title, bars, y);
    y += TITLE_HEIGHT + bars.length * BAR.step;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>Operations per second, beside the platform's floor</title>
<rect width="100%" height="100%" fill="${COLOURS.paper}"/>
${text({ x: 10, y: 22, of: 'Operations per second, median of rounds (lines: least and greatest)', size: 15 })}
${text({ x: 10, y: 40, of: describe(circumstances), colour: COLOURS.faint })}
${text({ x: 10, y: 55, of: describeMachine(circumstances), colour: COLOURS.faint })}
${parts.join('\n')}
</svg>
`;
}

function barsOf(comparison: Comparison, workload: Workload): readonly Bar[] {
  return comparison.contenders.flatMap(({ name }) => {
    const cell = findCell(comparison, name, workload);
    return cell === undefined ? [] : [{ name, perSecond: spreadOf(cell, 'operationsPerSecond') }];
  });
}

function describe({ at, commit, node, workerd, isQuick }: Circumstances): string {
  const what = `${at.slice(0, 10)}, commit ${commit}, Node ${node}, workerd ${workerd}`;
  return isQuick ? `No measurement, a quick run: ${what}` : what;
}

function drawPanel(title: string, bars: readonly Bar[], top: number): string {
  const greatest = Math.max(...bars.map(({ perSecond }) => perSecond.max));
  const floor = bars.find(({ name }) => name === 'floor')?.perSecond.median;
  const lengthOf = (perSecond: number): number => Math.round((BARS_WIDTH * perSecond) / greatest);
  const rows = bars.map(({ name, perSecond: { median, min, max } }, at) => {
    const y = top + TITLE_HEIGHT + at * BAR.step;
    const middle = y + BAR.height / 2;
    const ofFloor =
      floor === undefined || name === 'floor' ? '' : `  (${(median / floor).toFixed(2)} of the floor)`;
    const colour = name === 'floor' ? COLOURS.floor : COLOURS.bar;
    return [
      text({ x: 10, y: middle + 4, of: name }),
      `<rect x="${LABELS_WIDTH}" y="${y}" width="${lengthOf(median)}" height="${BAR.height}" fill="${colour}"/>`,
      `<path d="M${LABELS_WIDTH + lengthOf(min)} ${middle}H${LABELS_WIDTH + lengthOf(max)}" stroke="${COLOURS.ink}"/>`,
      text({ x: LABELS_WIDTH + lengthOf(max) + 6, y: middle + 4, of: `${median.toFixed(0)}${ofFloor}` }),
    ].join('');
  });
  return [text({ x: 10, y: top + 20, of: title, size: 13 }), ...rows].join('\n');
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly of: string;
  readonly size?: number;
  readonly colour?: string;
}

function text({ x, y, of, size = 12, colour = COLOURS.ink }: Text): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}">${escapeText(of)}</text>`;
}

/** Names of processors and machines may have anything in them. */
function escapeText(of: string): string {
  return of.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
