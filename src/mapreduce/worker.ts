/**
 * The worker: executes one assignment and says what came of it. All I/O goes through `WorkerPorts`; the host's loop is
 * ask, `executeTask`, report, ask again.
 *
 * mapreduce.W1  Nothing that an attempt writes is read as a result before its report has been accepted.
 * mapreduce.W2  Memory is bounded by `DataLimits`, whatever the size of the input.
 */
import { ChunkBuilder, decodeLooseText, encodeLooseText } from '../codec/index.ts';
import { InvariantError } from '../raft/index.ts';
import type { Table } from '../storage/index.ts';
import { type Application, HopelessError } from './application.ts';
import { linesOf } from './lines.ts';
import { MapOutput } from './map-output.ts';
import { groupByKey, mergeRuns, narrowRuns } from './merge.ts';
import type { Report } from './messages.ts';
import type { DataLimits } from './options.ts';
import { formatLine, type OutputSink } from './output.ts';
import { readText } from './read-text.ts';
import { deleteRows, paced, type Run, SCRATCH_ROWS, type Shuffle, StoredRun, scratchPrefix } from './runs.ts';
import type { Document, InputSource, Split } from './splits.ts';
import type {
  Assignment,
  AttemptId,
  MapAssignment,
  MapSource,
  ReduceAssignment,
  Statistics,
} from './task.ts';

export interface WorkerPorts {
  readonly worker: string;
  /** The worker's own storage (the paper's local disk). One task at a time writes to it. */
  readonly disk: Table;
  readonly input: InputSource;
  readonly shuffle: Shuffle;
  readonly openOutput: (attempt: AttemptId) => OutputSink | Promise<OutputSink>;
  /**
   * Called whenever the task has advanced a little: by a piece of input, a chunk, `GROUPS_PER_CHECK` keys, or what an
   * application takes for a turn. The host lets others on its thread get on, and passes it on as `progress`, as often as
   * it likes (well within `taskTimeoutMs`); false means that the attempt is to be abandoned.
   */
  readonly keepGoing: () => Promise<boolean>;
}

export type TaskOutcome = Report | { readonly type: 'abandoned' };

const GROUPS_PER_CHECK = 1_024;
/** What a document costs beside its contents: small ones share a turn. */
const DOCUMENT_BYTES = 256;
/** UTF-16 units of the reason of a failure, which may be made of what is in the input. */
const REASON_LENGTH_MAX = 2_000;

/** Nobody waits for the attempt any more. */
class Abandoned extends Error {}

export async function executeTask(
  assignment: Assignment,
  application: Application,
  ports: WorkerPorts,
  limits: DataLimits,
): Promise<TaskOutcome> {
  const { attempt } = assignment;
  const { worker } = ports;
  const sources = new Sources(ports.shuffle);
  try {
    const done =
      assignment.type === 'map'
        ? await executeMap(assignment, { application, ports, limits })
        : await executeReduce(assignment, { application, ports, limits }, sources);
    return { type: 'completed', worker, attempt, ...done };
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    if (error instanceof Abandoned) return { type: 'abandoned' };
    if (sources.missing.length > 0)
      return { type: 'sources-missing', worker, attempt, sources: sources.missing };
    // The application's own code, or a port: the coordinator tries again, and gives the reason if it gives up.
    const hopeless = error instanceof HopelessError;
    const reason = (hopeless ? error.message : String(error)).slice(0, REASON_LENGTH_MAX).toWellFormed();
    return { type: 'failed', worker, attempt, reason, hopeless };
  }
}

function giveWay({ keepGoing }: WorkerPorts): () => Promise<void> {
  return async () => {
    if (!(await keepGoing())) throw new Abandoned();
  };
}

interface Means {
  readonly application: Application;
  readonly ports: WorkerPorts;
  readonly limits: DataLimits;
}

interface Done {
  readonly output: Uint8Array;
  readonly statistics: Statistics;
}

async function executeMap(assignment: MapAssignment, { application, ports, limits }: Means): Promise<Done> {
  const output = new MapOutput(ports.disk, assignment, application, limits);
  const emit = (key: string, value: string): void => output.emit(key, value);
  const pause = giveWay(ports);
  let inputBytes = 0;
  let turnBytes = 0;
  const documents = documentsOf(ports.input, assignment.split, application, limits);
  for await (const { name, contents, offset } of documents) {
    await application.map(name, decodeLooseText(contents), emit, {
      arguments: assignment.arguments,
      lines: () => linesOf(contents, offset),
      giveWay: pause,
    });
    inputBytes += contents.length;
    turnBytes += contents.length + DOCUMENT_BYTES;
    if (turnBytes < limits.chunkBytesMax) continue;
    turnBytes = 0;
    await pause();
  }
  await output.commit(pause);
  const { outputBytes, outputRecords } = output;
  return { output: new Uint8Array(0), statistics: { inputBytes, outputBytes, outputRecords } };
}

function documentsOf(
  input: InputSource,
  split: Split,
  { endsWord }: Application,
  { contentsBytesMax }: DataLimits,
): AsyncIterable<Document> {
  return split.type === 'text' ? readText(input, split, contentsBytesMax, endsWord) : input.scan(split);
}

async function executeReduce(
  assignment: ReduceAssignment,
  { application, ports, limits }: Means,
  sources: Sources,
): Promise<Done> {
  const pause = giveWay(ports);
  deleteRows(ports.disk, SCRATCH_ROWS);
  const sink = await ports.openOutput(assignment.attempt);
  let output: Uint8Array | undefined;
  try {
    const mapped = sources.runs(assignment).map((run) => paced(run, pause));
    const runs = await narrowToScratch(mapped, ports.disk, limits, pause);
    let outputRecords = 0;
    let outputBytes = 0;
    for await (const { key, values } of groupByKey(mergeRuns(runs, limits))) {
      const value = await application.reduce(key, values, { arguments: assignment.arguments });
      await sink.write(key, value);
      outputRecords += 1;
      outputBytes += encodeLooseText(formatLine(key, value)).length;
      if (outputRecords % GROUPS_PER_CHECK === 0) await pause();
    }
    output = await sink.finish();
    return { output, statistics: { inputBytes: sources.bytes, outputBytes, outputRecords } };
  } finally {
    if (output === undefined) await sink.discard();
    deleteRows(ports.disk, SCRATCH_ROWS);
  }
}

/** More mappers than can be merged at once: first into fewer runs on this worker's disk. */
function narrowToScratch(
  runs: readonly Run[],
  disk: Table,
  limits: DataLimits,
  pause: () => Promise<void>,
): Promise<readonly Run[]> {
  const writer = new ChunkBuilder(limits.chunkBytesMax);
  let scratchRuns = 0;
  return narrowRuns(runs, limits, async (records) => {
    scratchRuns += 1;
    return paced(await new StoredRun(disk, scratchPrefix(scratchRuns), writer).writeAll(records), pause);
  });
}

/** What a reduce task reads from mappers, and which of them do not have it any more. */
class Sources {
  readonly #shuffle: Shuffle;
  readonly missing: MapSource[] = [];
  bytes = 0;

  constructor(shuffle: Shuffle) {
    this.#shuffle = shuffle;
  }

  runs({ job, attempt, sources }: ReduceAssignment): readonly Run[] {
    return sources.map((source) => ({
      chunk: async (chunk) => {
        const reply = await this.#shuffle.fetch({ job, source, partition: attempt.task, chunk });
        if (reply.type === 'missing') {
          this.missing.push(source);
          throw new Error(`the output of map task ${source.map}, attempt ${source.attempt}, is gone`);
        }
        this.bytes += reply.bytes.length;
        return reply;
      },
    }));
  }
}
