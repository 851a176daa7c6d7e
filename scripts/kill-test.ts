/**
 * Kills the process of a cluster under load, again and again, and judges what its clients saw:
 *
 *     npm run kill [-- --kills 20] [--clients 32] [--seed NUMBER] [--history FILE]
 *
 * The cluster is one of its own, in a directory that is removed afterwards. Exits with 1 if a write was lost or doubled,
 * or if the history is anything but linearizable: a verdict of "unknown" is no pass.
 */

import { writeFileSync } from 'node:fs';
import { checkHistory, keyValueModel, writeHistory } from '../tools/checker/index.ts';
import { newCommand, wholeNumber } from '../tools/harness/command.ts';
import { runKills } from '../tools/harness/kill-run.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';
import { Progress } from '../tools/harness/progress.ts';

const CHECK_LIMITS = { timeLimitMs: 120_000, nowMs: () => performance.now() };
const SEEDS = 2 ** 31;

interface Options {
  readonly kills: number;
  readonly clients: number;
  readonly seed: number;
  readonly history?: string;
}

const options = newCommand('kill')
  .description('kills a cluster under load and restarts it, then judges the history of its clients')
  .option('--kills <number>', 'how often the process is killed', wholeNumber(), 20)
  .option('--clients <number>', 'clients that work all the time', wholeNumber(), 32)
  .option('--seed <number>', 'chooses what clients do and when to kill', wholeNumber(), randomSeed())
  .option('--history <file>', 'write every operation to this file, for `npm run linearize`')
  .parse()
  .opts<Options>();

console.log(`seed ${options.seed}`);
const cluster = new LocalCluster();
try {
  await cluster.start();
  process.exitCode = (await passes()) ? 0 : 1;
} finally {
  await cluster.stop();
}

async function passes(): Promise<boolean> {
  const progress = new Progress('kills', options.kills);
  const { history, lost, duplicated } = await runKills({
    ...options,
    cluster,
    onKill: ({ number, afterMs, operations }) => {
      progress.advance();
      progress.print(
        `kill ${number} of ${options.kills}, ${afterMs} ms after the start; ${operations} operations so far`,
      );
    },
  });
  progress.stop();
  if (options.history !== undefined) writeFileSync(options.history, writeHistory(history));
  const { verdict, partitions } = checkHistory(history, keyValueModel, CHECK_LIMITS);
  if (verdict !== 'linearizable') console.log(`key ${partitions.at(-1)?.key} is ${verdict}`);
  console.log(
    `kills ${options.kills}, operations ${history.length}, lost ${lost}, duplicated ${duplicated}, ${verdict}`,
  );
  return lost === 0 && duplicated === 0 && verdict === 'linearizable';
}

function randomSeed(): number {
  return Math.floor(Math.random() * SEEDS);
}
