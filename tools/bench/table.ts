import type { Comparison } from './comparison.ts';
import type { Spread } from './statistics.ts';

const HEADINGS = [
  'operation',
  'clients',
  'group of 3, ops/s',
  'p50 ms',
  'p99 ms',
  'one object, ops/s',
  'p50 ms',
  'p99 ms',
  'ratio',
] as const;

/** In Markdown, so that it can go into a document as it is. */
export function formatTable(comparisons: readonly Comparison[]): string {
  const rows = [HEADINGS, ...comparisons.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function cells({ workload, replicated, unreplicated, ratio }: Comparison): readonly string[] {
  return [
    workload.operation,
    String(workload.clients),
    formatSpread(replicated.operationsPerSecond),
    replicated.p50Ms.toFixed(1),
    replicated.p99Ms.toFixed(1),
    formatSpread(unreplicated.operationsPerSecond),
    unreplicated.p50Ms.toFixed(1),
    unreplicated.p99Ms.toFixed(1),
    formatSpread(ratio, 2),
  ];
}

/** Median (least–greatest). */
export function formatSpread({ median, min, max }: Spread, digits = 0): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
