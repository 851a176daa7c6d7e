/**
 * Loses a leader, then the whole process, in the middle of storing a book, and looks whether the book is still whole:
 *
 *     npm run demo:failover [-- FILE] [--history FILE]
 *
 * The cluster is one of its own, in a directory that is removed afterwards. Exits with 1 if a line was lost or doubled.
 */

import { writeFileSync } from 'node:fs';
import { writeHistory } from '../tools/checker/index.ts';
import { readLines } from '../tools/harness/book.ts';
import { newCommand } from '../tools/harness/command.ts';
import { type FailoverEvent, type FailoverReport, runFailover } from '../tools/harness/failover-run.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';
import { Progress } from '../tools/harness/progress.ts';
import { electionTimeoutMs, FAULT_WORKER } from '../tools/harness/worker-build.ts';

const CLIENTS = 16;

const command = newCommand('demo:failover')
  .description(
    'stores a text line by line while the leader crashes and the process is killed, then reads it back',
  )
  .argument('[file]', 'a text in UTF-8; "Moby Dick" if none is named')
  .option('--history <file>', 'write every operation to this file, for `npm run linearize`')
  .parse();
const [file] = command.args;
const { history } = command.opts<{ history?: string }>();

const lines = readLines(file);
const cluster = new LocalCluster({ worker: FAULT_WORKER });
/** Each line is stored and read back. */
const progress = new Progress('lines', 2 * lines.length);
try {
  await cluster.start();
  const report = await runFailover({ cluster, lines, clients: CLIENTS, onEvent: showEvent });
  progress.stop();
  showReport(report);
  if (history !== undefined) writeFileSync(history, writeHistory(report.history));
  process.exitCode = report.lost === 0 && report.duplicated === 0 ? 0 : 1;
} finally {
  await cluster.stop();
}

function showEvent(event: FailoverEvent): void {
  switch (event.type) {
    case 'acknowledged':
    case 'read-back':
      return progress.advance();
    case 'leader-crashed':
      return progress.print(`  the leader ${event.leader} has crashed`);
    case 'process-killed':
      return progress.print('  the whole process was killed (SIGKILL)');
    case 'process-started':
      return progress.print('  started again on the same disk');
  }
}

function showReport(report: FailoverReport): void {
  const timeouts = (report.withoutServiceAfterLeaderCrashMs / electionTimeoutMs()).toFixed(1);
  console.log(`
acknowledged                  ${report.acknowledged}
lost                          ${report.lost}
duplicated                    ${report.duplicated}
longest time without service  ${seconds(report.longestWithoutServiceMs)}
  after the leader's crash    ${seconds(report.withoutServiceAfterLeaderCrashMs)}, ${timeouts} election time-outs`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
