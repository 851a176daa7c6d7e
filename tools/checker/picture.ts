/**
 * The picture of a history that is not linearizable, for a person who wants to know why: one page of HTML that needs
 * nothing else. All that comes from the history is escaped; keys and values are whatever clients sent.
 */

import type { PartitionResult } from './checker.ts';
import type { Operation } from './history.ts';
import type { Model, Primitive } from './model.ts';
import { type Bar, type Layout, layOut } from './picture-layout.ts';

export interface Picture<Input, Output, State extends Primitive> {
  /** Where the history comes from: a file, a seed. */
  readonly source: string;
  readonly partition: PartitionResult<Input, Output>;
  readonly model: Model<Input, Output, State>;
}

/** What a section of the page is drawn from. */
interface Scene {
  readonly operations: readonly Operation<unknown, unknown>[];
  readonly order: readonly number[];
  readonly blocked: number | undefined;
  readonly describe: (operation: number) => string;
}

const LANE_HEIGHT = 38;
const BAR_HEIGHT = 26;
const MARGIN_LEFT = 84;
const AXIS_HEIGHT = 22;
const TEXT_LENGTH_MAX = 2000;

export function renderHtml<Input, Output, State extends Primitive>(
  pictures: readonly Picture<Input, Output, State>[],
): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(pictures.map(({ source }) => source).join(', ') || 'No history')}</title>
<style>${STYLE}</style>
${pictures.map(renderSection).join('\n')}
</html>
`;
}

function renderSection<Input, Output, State extends Primitive>(
  { source, partition, model }: Picture<Input, Output, State>,
  index: number,
): string {
  const { key, operations, result } = partition;
  const describe = (operation: number): string => {
    const found = operations[operation];
    return found === undefined ? '' : model.describe(found.input, found.output);
  };
  const blocked = result.verdict === 'linearizable' ? undefined : result.blocked;
  const scene: Scene = { operations, order: result.order, blocked, describe };
  const layout = layOut(operations, result.order, blocked);
  const facts = [
    `${operations.length} operations, of which ${result.order.length} are put in order below`,
    `state after the last of them: <code>${escapeHtml(JSON.stringify(stateAfter(partition, model)))}</code>`,
  ];
  if (layout.hiddenCount > 0) facts.push(`${layout.hiddenCount} operations far from the fault are not drawn`);
  return `<section>
<h1>${escapeHtml(source)}: key <code>${escapeHtml(JSON.stringify(key))}</code> is ${escapeHtml(result.verdict)}</h1>
<p>${renderExplanation(scene, index)}</p>
<p class="facts">${facts.join(' · ')}</p>
${renderDrawing(layout, scene, index)}
</section>`;
}

function renderExplanation({ blocked, operations, describe }: Scene, section: number): string {
  if (blocked === undefined)
    return 'The numbers tell an order in which the operations can have taken effect.';
  const client = operations[blocked]?.client ?? 0;
  return `The numbers tell the longest order that the search found. Client ${client}’s operation
<a href="#blocked-${section}"><code>${escapeHtml(describe(blocked))}</code></a> had to take effect next, and it cannot.`;
}

function renderDrawing(layout: Layout, scene: Scene, section: number): string {
  const { lanes, bars, points, width } = layout;
  const height = AXIS_HEIGHT + lanes.length * LANE_HEIGHT;
  const positions = new Map(points.map(({ operation, position }) => [operation, position]));
  const path = points.map(({ left, lane }) => `${MARGIN_LEFT + left},${middleOf(lane)}`).join(' ');
  const rows = lanes.map(
    ({ client }, lane) =>
      `<div class="lane" style="top:${topOf(lane)}px;width:${MARGIN_LEFT + width}px"><b>client ${client}</b></div>`,
  );
  const marks = points.map(
    ({ left, lane, position }) =>
      `<i style="left:${MARGIN_LEFT + left}px;top:${middleOf(lane)}px">${position}</i>`,
  );
  return `<div class="drawing"><div class="canvas" style="width:${MARGIN_LEFT + width}px;height:${height}px">
${rows.join('\n')}
${bars.map((bar) => renderBar(bar, scene, positions.get(bar.operation), section)).join('\n')}
<svg width="${MARGIN_LEFT + width}" height="${height}" aria-hidden="true"><polyline points="${path}"/></svg>
${marks.join('\n')}
</div></div>`;
}

function renderBar(bar: Bar, scene: Scene, position: number | undefined, section: number): string {
  const operation = scene.operations[bar.operation];
  if (operation === undefined) return '';
  const isBlocked = bar.operation === scene.blocked;
  const kinds = ['bar', position === undefined ? 'unordered' : 'ordered'];
  if (operation.return === undefined) kinds.push('pending');
  if (isBlocked) kinds.push('blocked');
  const description = scene.describe(bar.operation);
  const times = `called at ${operation.call}, ${operation.return === undefined ? 'no reply' : `returned at ${operation.return}`}`;
  const title = [
    `client ${operation.client}: ${description}`,
    times,
    position === undefined ? 'not in the order' : `number ${position} of the order`,
  ];
  const place = `left:${MARGIN_LEFT + bar.left}px;top:${topOf(bar.lane)}px;width:${bar.width}px`;
  return `<div class="${kinds.join(' ')}"${isBlocked ? ` id="blocked-${section}"` : ''} style="${place}" title="${escapeHtml(title.join('\n'))}">${escapeHtml(description)}</div>`;
}

function stateAfter<Input, Output, State extends Primitive>(
  { operations, result }: PartitionResult<Input, Output>,
  model: Model<Input, Output, State>,
): State {
  let state = model.initial;
  for (const index of result.order) {
    const operation = operations[index];
    const next = operation && model.step(state, operation.input, operation.output);
    if (next !== undefined) state = next;
  }
  return state;
}

function topOf(lane: number): number {
  return AXIS_HEIGHT + lane * LANE_HEIGHT;
}

function middleOf(lane: number): number {
  return topOf(lane) + BAR_HEIGHT;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in double quotes. A value of a megabyte is cut: nobody reads it in a picture. */
function escapeHtml(text: string): string {
  const shown = text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
  return shown.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1d2430, #e6e9ef); --paper: light-dark(#fff, #14181f);
  --line: light-dark(#dfe3ea, #2b3240); --ordered: light-dark(#cfe3ff, #1f3d66); --plain: light-dark(#eceef2, #2a2f3a);
  --blocked: light-dark(#ffc9c4, #7a211b); --point: light-dark(#1b5fc1, #8ab8ff); --fault: light-dark(#c0261a, #ff8a80); }
body { margin: 24px; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 18px; } code { overflow-wrap: anywhere; } .facts { opacity: .75; }
.drawing { overflow: auto; border: 1px solid var(--line); border-radius: 6px; max-height: 80vh; }
.canvas { position: relative; }
.lane { position: absolute; height: ${LANE_HEIGHT}px; border-top: 1px solid var(--line); box-sizing: border-box; }
.lane b { position: sticky; left: 6px; font: 12px/${BAR_HEIGHT}px system-ui, sans-serif; }
.bar { position: absolute; height: ${BAR_HEIGHT - 4}px; margin-top: 3px; padding: 0 6px; box-sizing: border-box;
  border: 1px solid var(--line); border-radius: 4px; background: var(--plain); overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; font: 12px/${BAR_HEIGHT - 6}px ui-monospace, monospace; scroll-margin: 120px; }
.bar.ordered { background: var(--ordered); } .bar.unordered { border-style: dotted; }
.bar.pending { border-right: 0; border-radius: 4px 0 0 4px; border-style: dashed; }
.bar.blocked { background: var(--blocked); border: 2px solid var(--fault); font-weight: 700; }
svg { position: absolute; inset: 0; pointer-events: none; }
polyline { fill: none; stroke: var(--point); stroke-opacity: .45; stroke-width: 1.5; }
i { position: absolute; transform: translate(-50%, -50%); min-width: 12px; padding: 0 3px; border-radius: 8px;
  background: var(--point); color: var(--paper); font: 10px/14px system-ui, sans-serif; text-align: center; }
`;
