/**
 * Measures what docs/mapreduce.md says of MapReduce:
 *
 *     node scripts/mapreduce-figures.ts speed|parallelism|memory [--mib N]
 */

import { readdirSync, readFileSync } from 'node:fs';
import { Argument } from 'commander';
import { APPLICATIONS } from '../src/mapreduce/index.ts';
import { newCommand, wholeNumber } from '../tools/harness/command.ts';
import { type JobView, MapReduceClient, type NewJob } from '../tools/harness/mapreduce-client.ts';
import { MapReduceCluster } from '../tools/harness/mapreduce-cluster.ts';
import { runSequential } from '../tools/harness/sequential.ts';
import { measureTasks } from '../tools/harness/task-memory.ts';
import { eightTexts } from '../tools/harness/texts.ts';

const REPEATS = 3;
const MIB = 1_048_576;
const MEMORY_OBJECTS = 8;
const SAMPLE_MS = 100;
/** Half of what an object may hold: the other half is for array buffers. */
const HEAP_MIB_MAX = 32;
const MEMORY_JOBS = [
  { application: 'wc', arguments: {} },
  // Every line is passed on: the shuffle is larger than the input.
  { application: 'grep', arguments: { pattern: '' } },
] as const;
/** A worker without a task asks again so soon, so that the figures are of the work. */
const OPTIONS = { pollMs: 50 };

const command = newCommand('mapreduce-figures')
  .addArgument(new Argument('<figure>').choices(['speed', 'parallelism', 'memory']))
  .option('--mib <size>', 'the input of which the memory is measured', wholeNumber(1), 256)
  .parse();
const [figure] = command.args;
const { mib: inputMib } = command.opts<{ mib: number }>();

if (figure === 'memory') await memory();
else {
  const cluster = await MapReduceCluster.start({});
  try {
    const client = new MapReduceClient(cluster.url);
    const objects: string[] = [];
    for (const { name, contents } of eightTexts()) objects.push(await client.upload(name, contents));
    if (figure === 'speed') await speed(client, objects, cluster);
    else await parallelism(client, objects);
  } finally {
    await cluster.stop();
  }
}

/** In one workerd process: four workers, one worker, and the sequential program. */
async function speed(client: MapReduceClient, objects: readonly string[], cluster: MapReduceCluster) {
  const application = APPLICATIONS.get('wc');
  if (application === undefined) throw new Error('there is no word count');
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const workers of [1, 4]) {
      const { seconds } = await run(client, {
        application: 'wc',
        input: { objects },
        workers,
        options: OPTIONS,
      });
      console.log(`wc, ${workers} workers: ${seconds.toFixed(2)} s`);
    }
    console.log(
      `wc, sequential in the same process: ${(await cluster.sequentialSeconds('wc')).toFixed(2)} s`,
    );
    const begunMs = performance.now();
    await runSequential(application, eightTexts());
    console.log(`wc, sequential in Node: ${((performance.now() - begunMs) / 1_000).toFixed(2)} s`);
  }
}

/** The lab's timing applications: every call waits for a second. */
async function parallelism(client: MapReduceClient, objects: readonly string[]) {
  for (const application of ['mtiming', 'rtiming']) {
    const seconds: number[] = [];
    for (const workers of [1, 4]) {
      const view = await run(client, { application, input: { objects }, workers, options: OPTIONS });
      seconds.push(view.seconds);
    }
    const [one = 0, four = 1] = seconds;
    console.log(
      `${application}: 1 worker ${one.toFixed(2)} s, 4 workers ${four.toFixed(2)} s, ${(one / four).toFixed(2)} x`,
    );
  }
}

/** Twice: what the tasks hold by themselves, and what the process does that runs them as objects. */
async function memory() {
  await taskMemory();
  await processMemory();
}

async function taskMemory() {
  const unit = new TextEncoder().encode(allTexts());
  const read = (start: number, end: number) =>
    Uint8Array.from({ length: end - start }, (_, at) => unit[(start + at) % unit.length] ?? 0);
  for (const { application: name, arguments: given } of MEMORY_JOBS) {
    const application = APPLICATIONS.get(name);
    if (application === undefined) throw new Error(`there is no application ${name}`);
    const { mapBytes, reduceBytes } = await measureTasks(application, given, inputMib * MIB, read);
    console.log(
      `${name}: live memory of a map task at most ${mib(mapBytes)}, of a reduce task ${mib(reduceBytes)}`,
    );
  }
}

/**
 * V8 ends a process whose JavaScript heap outgrows the limit, so a job that succeeds has kept to it: one worker and its
 * coordinator share an isolate. Array buffers are outside of the heap; they show in what the process holds.
 */
async function processMemory() {
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] = `--max-heap-size=${HEAP_MIB_MAX}`;
  const cluster = await MapReduceCluster.start();
  try {
    const client = new MapReduceClient(cluster.url);
    const objects = await uploadMany(client, inputMib * MIB, MEMORY_OBJECTS);
    for (const job of MEMORY_JOBS) {
      const before = residentBytes();
      let peak = before;
      const sampling = setInterval(() => {
        peak = Math.max(peak, residentBytes());
      }, SAMPLE_MS);
      const { bytes, seconds } = await run(client, {
        ...job,
        input: { objects },
        workers: 1,
        options: OPTIONS,
      });
      clearInterval(sampling);
      console.log(
        `${job.application}: input ${mib(bytes.input)}, shuffled ${mib(bytes.intermediate)}, output ${mib(bytes.output)}, ` +
          `${seconds.toFixed(0)} s; heap at most ${HEAP_MIB_MAX} MiB; the process grew from ${mib(before)} to ${mib(peak)}`,
      );
    }
  } finally {
    await cluster.stop();
  }
}

/** Of the larger of the workerd processes that this one has started; the other one only passes requests on. Linux only. */
function residentBytes(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return Math.max(...pids.map((pid) => workerdBytes(pid)));
}

function workerdBytes(pid: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
    const isOurs = field('Name') === 'workerd' && Number(field('PPid')) === process.pid;
    return isOurs ? Number(field('RssAnon')) * 1_024 : 0;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

/** The eight texts again and again. */
async function uploadMany(client: MapReduceClient, bytes: number, count: number): Promise<readonly string[]> {
  const text = allTexts();
  const contents = text.repeat(Math.ceil(bytes / count / text.length)).slice(0, bytes / count);
  const names: string[] = [];
  for (let at = 0; at < count; at += 1) names.push(await client.upload(`large-${at}`, contents));
  return names;
}

function allTexts(): string {
  return eightTexts()
    .map(({ contents }) => contents)
    .join('');
}

async function run(client: MapReduceClient, job: NewJob): Promise<JobView> {
  const { job: name } = await client.create(job);
  const view = await client.untilEnded(name);
  if (view.state !== 'succeeded') throw new Error(`the job ${view.state}: ${view.reason}`);
  return view;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
