import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type Application,
  type Arguments,
  type Assignment,
  type AttemptId,
  DEFAULT_DATA_LIMITS,
  executeTask,
  LineBlocks,
  type MapSource,
  serveChunk,
  splitObjects,
  type WorkerPorts,
} from '../../src/mapreduce/index.ts';
import { openSqlTable, type Table } from '../../src/storage/index.ts';
import { openNodeSqlite } from './node-sqlite.ts';

const PART_BYTES = 5 * 1024 * 1024;
const REDUCE_TASKS = 10;
/** Collecting garbage takes long, so not each time that one could; but so often in any case. */
const SAMPLE_EVERY = 10;
const SAMPLES_AT_FIRST = 100;

export interface TaskMemory {
  readonly mapBytes: number;
  readonly reduceBytes: number;
}

/**
 * What the tasks of a job hold at most, one after the other in this process: the code that an object runs, on a SQLite
 * file, with an input that is made as it is read. Sampled after full collections: what is counted is in use.
 */
export async function measureTasks(
  application: Application,
  given: Arguments,
  inputBytes: number,
  readText: (start: number, end: number) => Uint8Array,
): Promise<TaskMemory> {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const database = openNodeSqlite(join(directory, 'disk.sqlite'));
  const live = new LiveMemory();
  const disk = sampledAtWrites(openSqlTable(database), live);
  const ports: WorkerPorts = {
    worker: 'worker',
    disk,
    input: {
      read: async (_name, start, end) => {
        live.sample();
        return readText(start, end);
      },
      scan: () => {
        throw new Error('the input is one object');
      },
    },
    shuffle: {
      fetch: async (request) => {
        live.sample();
        return serveChunk(disk, request);
      },
    },
    openOutput: async () => {
      const blocks = new LineBlocks(PART_BYTES, async () => live.sample());
      return {
        write: (key, value) => blocks.append(key, value),
        finish: async () => {
          await blocks.flush();
          return new Uint8Array(0);
        },
        discard: async () => {},
      };
    },
    keepGoing: async () => true,
  };
  const run = async (assignment: Assignment): Promise<void> => {
    const outcome = await executeTask(assignment, application, ports, DEFAULT_DATA_LIMITS);
    if (outcome.type !== 'completed') throw new Error(`the task ended as ${JSON.stringify(outcome)}`);
  };
  const base = { job: 'job', application: '', arguments: given };
  const id = (kind: 'map' | 'reduce', task: number): AttemptId => ({ kind, task, attempt: 1 });

  const splits = splitObjects(
    [{ object: 'text', name: 'text', bytes: inputBytes }],
    DEFAULT_DATA_LIMITS.splitBytesMax,
  );
  for (const [task, split] of splits.entries())
    await run({ ...base, type: 'map', attempt: id('map', task), split, reduceTasks: REDUCE_TASKS });
  const mapBytes = live.takePeakBytes();
  const sources: MapSource[] = splits.map((_, map) => ({ map, attempt: 1, worker: 'worker' }));
  for (let task = 0; task < REDUCE_TASKS; task += 1)
    await run({ ...base, type: 'reduce', attempt: id('reduce', task), sources });
  const reduceBytes = live.takePeakBytes();
  database.close();
  rmSync(directory, { recursive: true });
  return { mapBytes, reduceBytes };
}

/** A full sort buffer is written: then a map task holds the most. */
function sampledAtWrites(table: Table, live: LiveMemory): Table {
  return {
    get: (key) => table.get(key),
    scan: (range, limit) => table.scan(range, limit),
    keys: (range, limit) => table.keys(range, limit),
    put: (key, value) => {
      live.sample();
      table.put(key, value);
    },
    delete: (key) => table.delete(key),
  };
}

/** Beyond what there was at first. */
class LiveMemory {
  readonly #collect: () => void;
  readonly #baseBytes: number;
  #calls = 0;
  #peakBytes = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
    this.#baseBytes = this.#bytes();
  }

  sample(): void {
    this.#calls += 1;
    if (this.#calls <= SAMPLES_AT_FIRST || this.#calls % SAMPLE_EVERY === 0)
      this.#peakBytes = Math.max(this.#peakBytes, this.#bytes());
  }

  takePeakBytes(): number {
    const peakBytes = this.#peakBytes - this.#baseBytes;
    this.#peakBytes = 0;
    this.#calls = 0;
    return peakBytes;
  }

  #bytes(): number {
    this.#collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }
}
