/**
 * The worker: executes one assignment and says what came of it. All I/O goes through `WorkerPorts`; the host's loop is
 * ask, `executeTask`, report, ask again.
 *
 * mapreduce.W1  Nothing that an attempt writes is read as a result before its report has been accepted.
 * mapreduce.W2  Memory is bounded by `DataLimits`, whatever the size of the input.
 */

import { ChunkBuilder, textByteLength } from '../codec/index.ts';
import { InvariantError } from '../raft/index.ts';
import type { Table } from '../storage/index.ts';
import type { Application, TaskContext } from './application.ts';
import { MapOutput } from './map-output.ts';
import { groupByKey, mergeRuns, narrowRuns } from './merge.ts';
import type { Report } from './messages.ts';
import type { DataLimits } from './options.ts';
import { formatLine, type OutputSink } from './output.ts';
import { type InputSource, readSplit } from './read-split.ts';
import {
  deleteRows,
  localRun,
  type Run,
  RunWriter,
  SCRATCH_ROWS,
  type Shuffle,
  scratchPrefix,
} from './runs.ts';
import type {
  Assignment,
  AttemptId,
  MapAssignment,
  MapSource,
  ReduceAssignment,
  Statistics,
  TaskResult,
} from './task.ts';

export interface WorkerPorts {
  readonly worker: string;
  /** The worker's own storage (the paper's local disk). One task at a time writes to it. */
  readonly disk: Table;
  readonly input: InputSource;
  readonly shuffle: Shuffle;
  readonly openOutput: (attempt: AttemptId) => OutputSink | Promise<OutputSink>;
  readonly context: TaskContext;
  /**
   * Called whenever the task has advanced by a piece of input or by `GROUPS_PER_CHECK` keys. The host passes it on as
   * `progress`, as often as it likes (well within `taskTimeoutMs`); false means that the attempt is to be abandoned.
   */
  readonly keepGoing: () => Promise<boolean>;
}

export type TaskOutcome = Report | { readonly type: 'abandoned' };

export const GROUPS_PER_CHECK = 1_024;
const NO_OUTPUT = new Uint8Array(0);

export async function executeTask(
  assignment: Assignment,
  application: Application,
  ports: WorkerPorts,
  limits: DataLimits,
): Promise<TaskOutcome> {
  const { attempt } = assignment;
  const { worker } = ports;
  try {
    const done =
      assignment.type === 'map'
        ? await executeMap({ assignment, application, ports, limits })
        : await executeReduce({ assignment, application, ports, limits });
    return done === undefined ? { type: 'abandoned' } : { type: 'completed', worker, attempt, ...done };
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    const sources = missingSources(error);
    if (sources.length > 0) return { type: 'sources-missing', worker, attempt, sources };
    // The application's own code, or a port: the coordinator tries again, and gives the reason if it gives up.
    return { type: 'failed', worker, attempt, reason: String(error).toWellFormed() };
  }
}

interface Execution<Assigned> {
  readonly assignment: Assigned;
  readonly application: Application;
  readonly ports: WorkerPorts;
  readonly limits: DataLimits;
}

/** Undefined: nobody waits for the attempt any more. */
type Done = Pick<TaskResult, 'output' | 'statistics'> | undefined;

async function executeMap(execution: Execution<MapAssignment>): Promise<Done> {
  const { assignment, application, ports, limits } = execution;
  const output = new MapOutput(ports.disk, assignment, application, limits);
  const emit = (key: string, value: string): void => output.emit(key, value);
  let inputBytes = 0;
  for await (const document of readSplit(ports.input, assignment.split, limits.contentsBytesMax)) {
    const context = { ...ports.context, offset: document.offset };
    await application.map(document.name, document.contents, emit, context);
    inputBytes += document.bytes;
    if (!(await ports.keepGoing())) return undefined;
  }
  await output.commit();
  const { outputBytes, outputRecords } = output;
  return { output: NO_OUTPUT, statistics: { inputBytes, outputBytes, outputRecords } };
}

async function executeReduce(execution: Execution<ReduceAssignment>): Promise<Done> {
  const { assignment, ports } = execution;
  deleteRows(ports.disk, SCRATCH_ROWS);
  const sink = await ports.openOutput(assignment.attempt);
  try {
    const statistics = await reduceInto(sink, execution);
    if (statistics !== undefined) return { output: await sink.finish(), statistics };
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    deleteRows(ports.disk, SCRATCH_ROWS);
  }
  await sink.discard();
  return undefined;
}

async function reduceInto(
  sink: OutputSink,
  { assignment, application, ports, limits }: Execution<ReduceAssignment>,
): Promise<Statistics | undefined> {
  let inputBytes = 0;
  const runs = assignment.sources.map(
    (source): Run => ({
      chunk: async (chunk) => {
        const { job, attempt } = assignment;
        const reply = await ports.shuffle.fetch({ job, source, partition: attempt.task, chunk });
        if (reply.type === 'missing') throw new SourceMissingError(source);
        inputBytes += reply.bytes.length;
        return reply;
      },
    }),
  );
  // More mappers than can be merged at once: first into fewer runs on this worker's disk.
  let scratchRuns = 0;
  const few = await narrowRuns(runs, limits, async (records) => {
    const builder = new ChunkBuilder(limits.chunkBytesMax);
    const writer = new RunWriter(ports.disk, scratchPrefix(scratchRuns, 0), builder);
    scratchRuns += 1;
    await writer.appendAll(records);
    return localRun(ports.disk, writer.finish());
  });
  let outputRecords = 0;
  let outputBytes = 0;
  for await (const { key, values } of groupByKey(mergeRuns(few, limits))) {
    const value = await application.reduce(key, values, ports.context);
    await sink.write(key, value);
    outputRecords += 1;
    outputBytes += textByteLength(formatLine(key, value));
    if (outputRecords % GROUPS_PER_CHECK === 0 && !(await ports.keepGoing())) return undefined;
  }
  return { inputBytes, outputBytes, outputRecords };
}

/** The shuffle has no better way out of a merge. Caught above, where it becomes a report. */
class SourceMissingError extends Error {
  override readonly name = 'SourceMissingError';
  readonly source: MapSource;

  constructor(source: MapSource) {
    super(`the output of map task ${source.map}, attempt ${source.attempt}, is gone`);
    this.source = source;
  }
}

function missingSources(error: unknown): readonly MapSource[] {
  const causes = error instanceof AggregateError ? error.errors : [error];
  return causes.flatMap((cause) => (cause instanceof SourceMissingError ? [cause.source] : []));
}
