/**
 * Runs a MapReduce job over files and prints its outputs, merged:
 *
 *     npm run mr -- APPLICATION FILES… [--arg NAME=VALUE] [--reduce N] [--workers N] [--url URL | --crash]
 *
 * On a cluster of its own, which is gone afterwards, unless a URL is given. With --crash, a worker and then the
 * coordinator are ended in the middle of the job. What goes on is shown on standard error.
 */

import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { APPLICATIONS } from '../src/mapreduce/index.ts';
import { MapReduceClient } from '../tools/harness/mapreduce-client.ts';
import { MapReduceCluster } from '../tools/harness/mapreduce-cluster.ts';
import { mergeLines } from '../tools/harness/merge-lines.ts';

interface Options {
  readonly arg: Readonly<Record<string, string>>;
  readonly reduce: number;
  readonly workers: number;
  readonly url?: string;
  readonly crash?: boolean;
}

/** With --crash: after so many completed tasks. */
const CRASHES = { workerAfter: 2, coordinatorAfter: 5 };

const command = new Command('mr')
  .description('Runs a MapReduce job over files and prints its outputs, merged.')
  .argument('<application>', `one of ${[...APPLICATIONS.keys()].join(', ')}`)
  .argument('<files...>', 'the input')
  .option('--arg <name=value>', 'an argument of the application', addArgument, {})
  .option('--reduce <count>', 'how many reduce tasks, and so outputs', parseNatural, 10)
  .option('--workers <count>', 'how many workers', parseNatural, 4)
  .addOption(new Option('--url <url>', 'a deployment to run on').conflicts('crash'))
  .option('--crash', 'end a worker and then the coordinator in the middle')
  .parse();
const [application = '', ...files] = command.args;
const options = command.opts<Options>();

if (options.url !== undefined) await runJob(new MapReduceClient(options.url));
else {
  const cluster = await MapReduceCluster.start(options.crash ? CRASHES : undefined);
  try {
    const job = await runJob(new MapReduceClient(cluster.url));
    if (options.crash) console.error(`crashed: ${(await cluster.notes(job)).crashed.join(', ')}`);
  } finally {
    await cluster.stop();
  }
}

/** Returns the job's name. */
async function runJob(client: MapReduceClient): Promise<string> {
  const run = `mr-${Date.now().toString(36)}`;
  const objects: string[] = [];
  for (const file of files)
    objects.push(await client.upload(`${run}/${basename(file)}`, await openAsBlob(file)));
  const { arg, reduce: reduceTasks, workers } = options;
  const { job } = await client.create({
    application,
    arguments: arg,
    input: { objects },
    reduceTasks,
    workers,
  });

  const bar = new SingleBar({
    format: '{phase} [{bar}] {value}/{total} tasks, {attempts} attempts, {seconds} s',
  });
  bar.start(files.length + reduceTasks, 0, { phase: 'map', attempts: 0, seconds: 0 });
  const ended = await client.untilEnded(job, (view) => {
    const { map, reduce } = view.tasks;
    bar.setTotal(map.total + reduce.total);
    bar.update(map.completed + reduce.completed, view);
  });
  bar.stop();
  if (ended.state !== 'succeeded') throw new Error(`the job ${ended.state}: ${ended.reason ?? ''}`);
  const numbers = Array.from({ length: reduceTasks }, (_, reduce) => reduce);
  const outputs = await Promise.all(numbers.map((reduce) => client.output(job, reduce)));
  for await (const line of mergeLines(outputs)) console.log(line);
  return job;
}

function addArgument(text: string, before: Readonly<Record<string, string>>) {
  const [name = '', ...value] = text.split('=');
  if (value.length === 0) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [name]: value.join('=') };
}

function parseNatural(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
