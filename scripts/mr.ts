/**
 * Runs a MapReduce job over files and prints its outputs, merged:
 *
 *     npm run mr -- APPLICATION FILES… [--arg NAME=VALUE] [--reduce N] [--workers N] [--url URL | --crash]
 *
 * On a cluster of its own, which is gone afterwards, unless a URL is given. With --crash, a worker and then the
 * coordinator are ended in the middle of the job. What goes on is shown on standard error.
 */

import { openAsBlob, statSync } from 'node:fs';
import { normalize } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, Option } from 'commander';
import { APPLICATIONS, JOB_LIMITS } from '../src/mapreduce/index.ts';
import { CommandError, EXIT_FAILED, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { type JobView, MapReduceClient } from '../tools/harness/mapreduce-client.ts';
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

const command = newCommand('mr')
  .description('Runs a MapReduce job over files and prints its outputs, merged.')
  .argument('<application>', `one of ${[...APPLICATIONS.keys()].join(', ')}`)
  .argument('<files...>', 'the input')
  .option('--arg <name=value>', 'an argument of the application', addArgument, {})
  .option('--reduce <count>', 'how many reduce tasks, and so outputs', wholeNumber(1), 10)
  .option('--workers <count>', 'how many workers', wholeNumber(1), 4)
  .addOption(new Option('--url <url>', 'a deployment to run on').conflicts('crash'))
  .option('--crash', 'end a worker and then the coordinator in the middle')
  .parse();
const [application = '', ...given] = command.args;
const options = command.opts<Options>();
const files = given.map((file) => normalize(file));
checkUse();

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

/** Before there is a cluster, or a byte is sent. Another deployment may have applications of its own. */
function checkUse(): void {
  const known = APPLICATIONS.get(application);
  if (known === undefined && options.url === undefined)
    throw new CommandError(`the application is one of ${[...APPLICATIONS.keys()].join(', ')}`);
  const problem = known?.checkArguments?.(options.arg);
  if (problem !== undefined) throw new CommandError(problem);
  if (new Set(files).size > JOB_LIMITS.objectsMax)
    throw new CommandError(`a job reads at most ${JOB_LIMITS.objectsMax} files`);
  for (const file of files) if (!statSync(file).isFile()) throw new CommandError(`${file}: not a file`);
  if (options.url !== undefined && !URL.canParse(options.url))
    throw new CommandError(`${options.url} is no URL`);
}

/** Returns the job's name. What was uploaded for it is removed. */
async function runJob(client: MapReduceClient): Promise<string> {
  const run = `mr-${crypto.randomUUID()}`;
  const names = new Map([...new Set(files)].map((file, index) => [file, `${run}/${index + 1}`]));
  try {
    const objects = new Map<string, string>();
    for (const [file, name] of names) objects.set(file, await client.upload(name, await openAsBlob(file)));
    const { arg, reduce: reduceTasks, workers } = options;
    const { job } = await client.create({
      application,
      arguments: arg,
      // The path is what the output speaks of.
      input: { objects: files.map((file) => ({ object: objects.get(file) ?? '', name: file })) },
      reduceTasks,
      workers,
    });
    const ended = await untilEnded(client, job);
    if (ended.state !== 'succeeded')
      throw new CommandError(`the job ${ended.state}: ${ended.reason ?? ''}`, EXIT_FAILED);
    const numbers = Array.from({ length: reduceTasks }, (_, reduce) => reduce);
    const outputs = await Promise.all(numbers.map((reduce) => client.output(job, reduce)));
    for await (const line of mergeLines(outputs)) console.log(line);
    return job;
  } finally {
    for (const name of names.values()) await client.removeInput(name).catch(() => {});
  }
}

async function untilEnded(client: MapReduceClient, job: string): Promise<JobView> {
  const bar = new SingleBar({
    format: '{phase} [{bar}] {value}/{total} tasks, {attempts} attempts, {seconds} s',
  });
  bar.start(files.length + options.reduce, 0, { phase: 'map', attempts: 0, seconds: 0 });
  try {
    return await client.untilEnded(job, (view) => {
      const { map, reduce } = view.tasks;
      bar.setTotal(map.total + reduce.total);
      bar.update(map.completed + reduce.completed, view);
    });
  } finally {
    bar.stop();
  }
}

function addArgument(text: string, before: Readonly<Record<string, string>>) {
  const [name = '', ...value] = text.split('=');
  if (value.length === 0) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [name]: value.join('=') };
}
