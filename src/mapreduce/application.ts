/** Hands one intermediate record to the shuffle. Synchronous: a full buffer is sorted and written on the spot. */
export type Emit = (key: string, value: string) => void;

/**
 * A MapReduce application: two functions. They must be deterministic but for what the context gives them, for a task
 * may run more than once (MapReduce §3.3). What they throw fails the attempt.
 */
export interface Application {
  /**
   * Called once for an input of at most `contentsBytesMax`; a larger one is handed over in pieces, cut at line ends,
   * perhaps in several tasks: a function that must see each line once, not each object once.
   */
  map(name: string, contents: string, emit: Emit, context: MapContext): void | Promise<void>;
  /** Called once for each key. The values come as they are asked for, in the order of the map tasks. */
  reduce(key: string, values: AsyncIterable<string>, context: TaskContext): string | Promise<string>;
  /** Folds values of one key before they leave the mapper (MapReduce §4.3); `reduce` must not notice. */
  combine?(key: string, values: readonly string[]): string;
  /** Says what is wrong with a job's arguments, before the job is created. */
  checkArguments?(given: Arguments): string | undefined;
}

export type Arguments = Readonly<Record<string, string>>;

/** What a task may know and do besides computing. Every one is the host's: an application holds no state of its own. */
export interface TaskContext {
  /** What the job was started with, for example the pattern to search for. */
  readonly arguments: Arguments;
  readonly worker: string;
  nowMs(): number;
  /** At least 0, below 1. */
  random(): number;
  sleep(ms: number): Promise<void>;
  /** Ends this worker as a crash would. Never returns. */
  crash(): Promise<never>;
  /** Adds one to a counter of the job (MapReduce §4.9); each execution counts, also a repeated one. */
  count(counter: string): Promise<void>;
  counted(counter: string): Promise<number>;
  /** Stays for `ms` at the place named, and says how many workers were there, this one included. */
  meet(place: string, ms: number): Promise<number>;
}

export interface MapContext extends TaskContext {
  /** Where in the input object these contents begin, in bytes; 0 for a value of the store. */
  readonly offset: number;
}

/** Collects values that are known to be few. */
export async function collect(values: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const value of values) all.push(value);
  return all;
}
