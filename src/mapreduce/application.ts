/** Hands one intermediate record to the shuffle. Synchronous: a full buffer is sorted and written on the spot. */
type Emit = (key: string, value: string) => void;

/**
 * A MapReduce application: two functions. They must be deterministic, for a task may run more than once
 * (MapReduce §3.3). What they throw fails the attempt.
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

/** By the names that jobs ask for. */
export type Applications = ReadonlyMap<string, Application>;

export type Arguments = Readonly<Record<string, string>>;

export interface TaskContext {
  /** What the job was started with, for example the pattern to search for. */
  readonly arguments: Arguments;
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
