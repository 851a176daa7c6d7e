import type { Line } from './lines.ts';

/** Hands one intermediate record to the shuffle. Synchronous: a full buffer is sorted and written on the spot. */
type Emit = (key: string, value: string) => void;

/**
 * A MapReduce application: two functions. They must be deterministic, for a task may run more than once
 * (MapReduce §3.3). What they throw fails the attempt; a `HopelessError` fails the job.
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
  /**
   * May a line that fills a whole piece be cut after this character? Without the function, and where no character of
   * a piece is one, such a line fails the job.
   */
  endsWord?(character: string): boolean;
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
  /** The contents, line by line, each with its place in the input. */
  lines(): Iterable<Line>;
  /** To be awaited now and then by what computes for long: meanwhile others on the same thread get on. */
  giveWay(): Promise<void>;
}

/** What no other attempt would do better, because it is the input's or the job's own: no other one is made. */
export class HopelessError extends Error {
  override readonly name: string = 'HopelessError';
}

/** Collects values that are known to be few. */
export async function collect(values: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const value of values) all.push(value);
  return all;
}
