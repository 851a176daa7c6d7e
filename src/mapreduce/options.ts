import { type Described, natural, tuple } from '../codec/index.ts';

/** What a job may ask for; anything beyond is refused when the job is created. */
export const JOB_LIMITS = {
  reduceTasksMax: 256,
  /** A reduce assignment names the output of every map task: this bounds its size. */
  mapTasksMax: 4_096,
  applicationArgumentBytesMax: 4_096,
  applicationArgumentsMax: 16,
  /** Objects that a job names one by one, each of which is looked for; a prefix may stand for more. */
  objectsMax: 1_000,
  /** UTF-8 bytes of the name of an object, as the bucket has it, and of a name that a job gives it. */
  nameBytesMax: 1_024,
} as const;

/** How patient a job is with its workers. Part of the job, so that a restart does not change it. */
export const jobOptions = tuple({
  /** An attempt not heard of for so long is taken for dead, and its task is given out again. */
  taskTimeoutMs: natural,
  /** An attempt that is alive but has run for so long gets a backup once no task is idle (MapReduce §3.6). */
  backupAfterMs: natural,
  /** So many attempts of one task may end badly; then the job fails. Stragglers do not count. */
  attemptsMax: natural,
  /** A worker without a task asks again after at most this time. */
  pollMs: natural,
});
export type JobOptions = Described<typeof jobOptions>;

export const DEFAULT_JOB_OPTIONS: JobOptions = {
  taskTimeoutMs: 10_000,
  backupAfterMs: 15_000,
  attemptsMax: 8,
  pollMs: 500,
};

const KIB = 1_024;
const MIB = 1_024 * KIB;

/**
 * What bounds a worker's memory, whatever the input's size. A map task holds one piece of text, the sort buffer and
 * a chunk; a reduce task holds `fanInMax` chunks and an output block.
 */
export interface DataLimits {
  /** A larger input object becomes several map tasks. */
  readonly splitBytesMax: number;
  /** What one call of `map` gets at most, and so the longest line that cannot be cut. An input that is not larger is given in one call, as in the course. */
  readonly contentsBytesMax: number;
  /** Intermediate records kept in memory before they are sorted and written. */
  readonly spillBytesMax: number;
  readonly spillRecordsMax: number;
  /** Key and value of one intermediate record, as UTF-8. */
  readonly recordBytesMax: number;
  /** A row of intermediate data, and the unit of the shuffle; only a single larger record makes a larger chunk. */
  readonly chunkBytesMax: number;
  /** Runs merged at once. */
  readonly fanInMax: number;
  /** Chunks asked for at once: the platform allows six connections a request. */
  readonly fetchesMax: number;
}

export const DEFAULT_DATA_LIMITS: DataLimits = {
  splitBytesMax: 16 * MIB,
  contentsBytesMax: MIB,
  spillBytesMax: 4 * MIB,
  spillRecordsMax: 128 * KIB,
  recordBytesMax: MIB - 64,
  chunkBytesMax: 128 * KIB,
  fanInMax: 16,
  fetchesMax: 6,
};
