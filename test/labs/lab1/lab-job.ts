import { type JobView, MapReduceClient } from '../../../tools/harness/mapreduce-client.ts';
import { type FaultNotes, type Faults, MapReduceCluster } from '../../../tools/harness/mapreduce-cluster.ts';
import { runSequential } from '../../../tools/harness/sequential.ts';
import type { NamedText } from '../../../tools/harness/texts.ts';
import { check } from '../lab-test.ts';
import { labApplications, quietHost } from './applications.ts';

export interface LabJob {
  readonly application: string;
  readonly texts: readonly NamedText[];
  readonly workers: number;
  readonly faults?: Faults;
  readonly options?: Readonly<Record<string, number>>;
}

export interface LabResult {
  readonly view: JobView;
  /** What the course's script compares: all lines of all outputs, sorted, the blank ones removed. */
  readonly lines: readonly string[];
  readonly notes: FaultNotes;
}

/** As in the course. */
const REDUCE_TASKS = 10;

/** Runs a job to its end, on a cluster of its own. */
export async function runLabJob({
  application,
  texts,
  workers,
  faults = {},
  options = {},
}: LabJob): Promise<LabResult> {
  const cluster = await MapReduceCluster.start(faults);
  try {
    const client = new MapReduceClient(cluster.url);
    const objects: string[] = [];
    for (const { name, contents } of texts) objects.push(await client.upload(name, contents));
    const input = { objects };
    const { job } = await client.create({ application, input, workers, reduceTasks: REDUCE_TASKS, options });
    const view = await client.untilEnded(job);
    check(view.state === 'succeeded', `the job ${view.state}: ${view.reason}`);
    const numbers = Array.from({ length: REDUCE_TASKS }, (_, reduce) => reduce);
    const outputs = await Promise.all(numbers.map((reduce) => client.outputText(job, reduce)));
    return { view, lines: sortedLines(outputs.join('')), notes: await untilFirstExit(cluster, job) };
  } finally {
    await cluster.stop();
  }
}

/** The same by one process alone. */
export async function sequentialLines(name: string, texts: readonly NamedText[]): Promise<readonly string[]> {
  const application = labApplications(quietHost()).get(name);
  check(application !== undefined, `there is no application ${name}`);
  return sortedLines(await runSequential(application, texts));
}

export function sortedLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .sort();
}

/** Names the first line that only one of them has. */
export function checkSameLines(lines: readonly string[], expected: readonly string[]): void {
  const at = Math.max(lines.length, expected.length);
  for (let line = 0; line < at; line += 1) {
    check(lines[line] === expected[line], `line ${line + 1} is ${lines[line]} instead of ${expected[line]}`);
  }
}

/** A worker asks again within half a second or so, and hears that the job is over. */
async function untilFirstExit(cluster: MapReduceCluster, job: string): Promise<FaultNotes> {
  for (;;) {
    const notes = await cluster.notes(job);
    if (notes.outputsAtFirstExit !== undefined) return notes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
