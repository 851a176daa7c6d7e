/**
 * How a replica that is far behind gets a large state, on real processes, and what that costs the others:
 *
 *     npm run bench:transfer [-- --mib 256]
 *
 * Exits with 1 if the stream was begun again after the receiver's crash, or the states differ in the end.
 */

import { fileURLToPath } from 'node:url';
import { measureTransfer, type TransferReport } from '../tools/bench/transfer.ts';
import { newCommand, wholeNumber } from '../tools/harness/command.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';

const WORKER = fileURLToPath(new URL('../test/on-workerd/held-back.worker.ts', import.meta.url));
const MIB = 1 << 20;
const CLIENTS = 8;
const BEFORE_MS = 5000;

const { mib } = newCommand('bench:transfer')
  .description('lets a replica in that was held back while a large state grew')
  .option('--mib <number>', 'size of the state', wholeNumber(1), 256)
  .parse()
  .opts<{ mib: number }>();

const cluster = new LocalCluster({ worker: WORKER });
try {
  await cluster.start();
  const report = await measureTransfer({
    cluster,
    stateBytes: mib * MIB,
    crashAfterChunks: Math.floor(mib / 2),
    clients: CLIENTS,
    beforeMs: BEFORE_MS,
    onStep: (step) => console.log(step),
  });
  show(report);
  process.exitCode = report.chunks.beginnings === 1 && report.equalRows !== undefined ? 0 : 1;
} finally {
  await cluster.stop();
}

function show(report: TransferReport): void {
  const { chunks, transferMs, perSecondBefore, perSecondDuring, peakBytesBefore, peakBytesDuring } = report;
  const seconds = transferMs / 1000;
  const received = inMib(chunks.bytes);
  const resent = inMib(chunks.bytes - report.stateBytes);
  console.log(`
state                         ${inMib(report.stateBytes)} MiB
transfer                      ${seconds.toFixed(1)} s, ${(report.stateBytes / MIB / seconds).toFixed(1)} MiB/s
chunks                        ${chunks.chunks} of at most ${chunks.largestBytes} bytes, ${received} MiB in all
streams begun                 ${chunks.beginnings}, with ${chunks.crashes} crash of the receiver; ${resent} MiB more than the values
operations, ${CLIENTS} clients         ${perSecondBefore.toFixed(0)}/s before, ${perSecondDuring.toFixed(0)}/s during: ratio ${(perSecondDuring / perSecondBefore).toFixed(2)}
longest operation during      ${report.longestMsDuring.toFixed(0)} ms
memory of the process, peak   ${inMib(peakBytesBefore)} MiB before, ${inMib(peakBytesDuring)} MiB during: growth ${inMib(peakBytesDuring - peakBytesBefore)} MiB
state at the three replicas   ${report.equalRows === undefined ? 'DIFFERS' : `the same, ${report.equalRows} rows`}`);
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
