/**
 * What the process takes under 500 clients at once that read, write or append values of 1 MiB:
 *
 *     npm run bench:memory [-- --clients 500] [--url URL --pid PID]
 *
 * The cluster is one of its own, in a directory that is removed afterwards, unless a URL says which. docs/operating.md
 * states the budgets.
 */

import { measureEdgeMemory } from '../tools/bench/edge-memory.ts';
import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';

interface Options {
  readonly clients: number;
  readonly url?: string;
  readonly pid?: number;
}

const { clients, url, pid } = newCommand('bench-memory')
  .description('measures memory under many large reads and writes at once')
  .option('--clients <number>', 'how many at once', wholeNumber(1), 500)
  .option('--url <url>', 'a cluster that runs, instead of one of its own')
  .option('--pid <pid>', 'its process, whose memory is watched with all that it has started', wholeNumber(1))
  .parse()
  .opts<Options>();
if ((url === undefined) !== (pid === undefined)) throw new CommandError('--url and --pid go together');

if (url !== undefined && pid !== undefined) {
  await measure(url, pid);
} else {
  const cluster = new LocalCluster();
  try {
    await cluster.start();
    await measure(cluster.url, cluster.pid);
  } finally {
    await cluster.stop();
  }
}

async function measure(url: string, pid: number): Promise<void> {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  for await (const report of measureEdgeMemory({ url, pid, clients })) {
    const { what, answers, bytesBefore, bytesPeak, replicaBytesPeak, ms } = report;
    const counts = [...answers].map(([answer, count]) => `${count} x ${answer}`).join(', ');
    console.log(
      `${clients} ${what}: ${mib(bytesBefore)} MiB before, ${mib(bytesPeak)} at most (+${mib(bytesPeak - bytesBefore)}), ` +
        `fullest replica ${mib(replicaBytesPeak)} by its account; ${(ms / 1000).toFixed(1)} s; ${counts}`,
    );
  }
}
