/** The report in Markdown, from the results alone: the targets first, then all that was measured. */

import { type Circumstances, describeMachine } from './circumstances.ts';
import { type Cell, type Comparison, findCell, type LeftOut, ratioOf, spreadOf } from './figures.ts';
import { formatTable } from './markdown.ts';
import type { Crashes, Growth, Part, Results } from './results.ts';
import { formatSpread, spread } from './statistics.ts';
import { judge, TARGETS, type Target } from './targets.ts';
import { OPERATION_TITLES, titleOf, type Workload, workloadId } from './workload.ts';

export const NO_MEASUREMENT = 'This is no measurement: a quick run shows that everything works, and no more.';

export function formatReport(results: Results): string {
  const { comparison, crashes, growth } = results;
  const isQuick = [comparison, crashes, growth].some((part) => part?.circumstances.isQuick === true);
  return [
    '# What was measured',
    'Written by `npm run bench`; [how, and what it means](../../docs/benchmarks.md). Figures are medians of rounds, with the least and the greatest.',
    ...(isQuick ? [`**${NO_MEASUREMENT}**`] : []),
    formatTargets(results),
    ...(comparison === undefined ? [] : formatComparison(comparison)),
    ...(crashes === undefined ? [] : formatCrashes(crashes)),
    ...(growth === undefined ? [] : formatGrowth(growth)),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Also what the command prints. */
export function formatTargets(results: Results): string {
  const rows = TARGETS.map((target) => {
    const judgement = judge(target, results);
    const cells =
      judgement.type === 'measured'
        ? [formatSpread(judgement.value, 2), judgement.isMet ? 'yes' : 'no']
        : ['–', `not measured: ${judgement.reason}`];
    return [target.measure, formatWanted(target.wanted), ...cells];
  });
  return formatTable(['measure', 'target', 'measured', 'met'], rows);
}

function formatWanted(wanted: Target['wanted']): string {
  return 'atLeast' in wanted ? `>= ${wanted.atLeast}` : `<= ${wanted.atMost}`;
}

function formatCircumstances(circumstances: Circumstances): string {
  const { at, commit, node, workerd, loadAverage, isQuick } = circumstances;
  const when = `Measured ${at.slice(0, 16).replace('T', ' ')} UTC at commit ${commit}`;
  const where = `${describeMachine(circumstances)}; Node ${node}, workerd ${workerd}`;
  const quick = isQuick ? ` ${NO_MEASUREMENT}` : '';
  return `${when}: ${where}; load average when it began ${loadAverage.toFixed(1)}.${quick}`;
}

function formatComparison({ circumstances, figures }: Part<Comparison>): readonly string[] {
  const workloads = new Map(figures.cells.map(({ workload }) => [workloadId(workload), workload]));
  const rounds = Math.max(...figures.cells.map((cell) => cell.rounds.length));
  const names = figures.contenders.map(({ name, title }) => `- \`${name}\`: ${title}`);
  return [
    '## Side by side',
    formatCircumstances(circumstances),
    `Rounds in turns, ${rounds} for each, of at least ${figures.roundMs} ms. CPU is that of all processes of the server, and of the load generator, for each operation.`,
    names.join('\n'),
    ...[...workloads.values()].flatMap((workload) => formatWorkload(figures, workload)),
    '### Left out',
    formatLeftOut(figures.leftOut),
    ...(figures.repeated.length === 0 ? [] : ['### Rounds that were taken again', formatRepeated(figures)]),
  ];
}

const HEADINGS = [
  '',
  'ops/s',
  'of the floor',
  'p50 ms',
  'p99 ms',
  'slowest ms',
  'server CPU µs',
  'load CPU µs',
] as const;

function formatWorkload(comparison: Comparison, workload: Workload): readonly string[] {
  const floor = findCell(comparison, 'floor', workload);
  const rows = comparison.contenders.flatMap(({ name }) => {
    const cell = findCell(comparison, name, workload);
    return cell === undefined ? [] : [[name, ...formatCell(cell, floor)]];
  });
  return [`### ${titleOf(workload)}`, formatTable(HEADINGS, rows)];
}

function formatCell(cell: Cell, floor: Cell | undefined): readonly string[] {
  return [
    formatSpread(spreadOf(cell, 'operationsPerSecond')),
    floor === undefined ? '–' : formatSpread(ratioOf(cell, floor, 'operationsPerSecond'), 2),
    formatSpread(spreadOf(cell, 'p50Ms'), 2),
    formatSpread(spreadOf(cell, 'p99Ms'), 1),
    formatSpread(spreadOf(cell, 'slowestMs')),
    formatSpread(spreadOf(cell, 'serverCpuUs')),
    formatSpread(spreadOf(cell, 'loadCpuUs')),
  ];
}

const NOT_YET = '- batches of 100 operations, and pipelined ones: there is no route for them yet';

function formatLeftOut(leftOut: readonly LeftOut[]): string {
  const groups = Map.groupBy(leftOut, ({ operation, reason }) => {
    const what = operation === undefined ? '' : `${OPERATION_TITLES[operation]}: `;
    return `${what}${reason}`;
  });
  const lines = [...groups].map(([what, alike]) => {
    const names = alike.map(({ contender }) => `\`${contender}\``);
    return `- ${names.join(', ')}: ${what}`;
  });
  return [NOT_YET, ...lines].join('\n');
}

function formatRepeated({ repeated }: Comparison): string {
  return repeated
    .map(({ contender, workload, reason }) => `- \`${contender}\`, ${titleOf(workload)}: ${reason}`)
    .join('\n');
}

function formatCrashes({ circumstances, figures }: Part<Crashes>): readonly string[] {
  const { gapsMs, electionTimeoutMs, clients } = figures;
  const timeouts = gapsMs.map((ms) => ms / electionTimeoutMs);
  return [
    '## A crash of the leader',
    formatCircumstances(circumstances),
    `The longest time between two acknowledgements, of any of ${clients} clients that write all the time, around each of ${gapsMs.length} crashes: ${formatSpread(spread(gapsMs))} ms, ${formatSpread(spread(timeouts), 2)} election time-outs of ${electionTimeoutMs} ms.`,
  ];
}

const MIB = 2 ** 20;

function formatGrowth({ circumstances, figures }: Part<Growth>): readonly string[] {
  const sizes = figures.sizes.map((size) => [
    String(size.keys),
    formatSpread(size.putP50Ms, 2),
    formatSpread(size.getP50Ms, 2),
    (size.memoryBytes / MIB).toFixed(0),
    (size.diskBytes / MIB).toFixed(0),
    size.restartMs.toFixed(0),
    size.loadedPerSecond.toFixed(0),
  ]);
  const catchUps = figures.catchUps.map(({ by, puts, valueBytes, ms }) => [
    by,
    `${puts} puts of ${valueBytes} bytes`,
    ms.toFixed(0),
    ((1000 * puts) / ms).toFixed(0),
    ((1000 * puts * valueBytes) / MIB / ms).toFixed(2),
  ]);
  return [
    '## Growth',
    formatCircumstances(circumstances),
    'A group of 3 and values of 100 bytes. Latencies are those of 1 client on keys that are there; a restart is the time from the start of the process, after SIGKILL, to the first acknowledged put.',
    formatTable(
      [
        'keys',
        'put p50 ms',
        'get p50 ms',
        'memory MiB',
        'disk MiB',
        'restart ms',
        'loaded/s, batches of 100',
      ],
      sizes,
    ),
    ...(figures.refused.length === 0 ? [] : [`Rounds that were taken again: ${figures.refused.join(', ')}.`]),
    'A replica that was away while others wrote, until it has everything:',
    formatTable(['by', 'behind', 'ms', 'puts/s', 'MiB/s of values'], catchUps),
  ];
}
