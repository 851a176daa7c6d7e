/**
 * Moves shards under load and looks whether anything was lost:
 *
 *     npm run demo:reshard [-- FILE]
 *
 * The cluster is one of its own, in a directory that is removed afterwards. Exits with 1 if anything was lost or doubled.
 */

import { createShardOf } from '../src/shard/index.ts';
import { readLines } from '../tools/harness/book.ts';
import { newCommand } from '../tools/harness/command.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';
import { Progress } from '../tools/harness/progress.ts';
import { type ReshardEvent, type ReshardReport, runReshard } from '../tools/harness/reshard-run.ts';
import { shardCount } from '../tools/harness/worker-build.ts';

const CLIENTS = 16;

const command = newCommand('demo:reshard')
  .description(
    'stores a text in one group, lets two join and the first leave under load, then reads all back',
  )
  .argument('[file]', 'a text in UTF-8; "Moby Dick" if none is named')
  .parse();

const lines = readLines(command.args[0]);
const cluster = new LocalCluster();
/** Each line is stored and read back. */
const progress = new Progress('lines', 2 * lines.length);
try {
  await cluster.start();
  const shardOf = createShardOf(shardCount());
  const report = await runReshard({ cluster, lines, clients: CLIENTS, shardOf, onEvent: showEvent });
  progress.stop();
  showReport(report);
  process.exitCode = report.lost === 0 && report.duplicated === 0 ? 0 : 1;
} finally {
  await cluster.stop();
}

function showEvent(event: ReshardEvent): void {
  switch (event.type) {
    case 'stored':
    case 'read-back':
      return progress.advance();
    case 'configured':
      return progress.print(`  configuration ${event.number}: ${event.change}`);
    case 'moved':
      return progress.print(
        `  all shards are where configuration ${event.number} wants them, after ${ms(event.afterMs)}`,
      );
  }
}

function showReport(report: ReshardReport): void {
  const pauses = [...report.longestMsByShard].toSorted((a, b) => a[1] - b[1]);
  const [median] = pauses[Math.floor(pauses.length / 2)]?.slice(1) ?? [0];
  const [shard, longest] = pauses.at(-1) ?? [0, 0];
  console.log(`
moved shards                    ${report.movedShards}
operations while they moved     ${report.operations}
longest pause, median of shards ${ms(Number(median))}
longest pause of all            ${ms(longest)} (shard ${shard})
lost                            ${report.lost}
duplicated                      ${report.duplicated}`);
}

function ms(duration: number): string {
  return `${Math.round(duration)} ms`;
}
