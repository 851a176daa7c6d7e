/**
 * Many sorted runs as one. Memory: one chunk for each run merged, at most `fanInMax` runs at once.
 *
 * mapreduce.G1  Records of one key come in the order of the runs, and within a run in its order.
 */
import { compareBytes, decodeText, type EncodedRecord, readChunk } from '../codec/index.ts';
import type { DataLimits } from './options.ts';
import type { Run } from './runs.ts';

type MergeLimits = Pick<DataLimits, 'fanInMax' | 'fetchesMax'>;

interface Group {
  readonly key: string;
  /** To be read before the next group is asked for, or not at all. */
  readonly values: AsyncIterable<string>;
}

class Cursor {
  readonly #run: Run;
  readonly order: number;
  #records: Iterator<EncodedRecord, void> | undefined;
  #next = 0;
  #last = false;
  current: EncodedRecord | undefined;

  constructor(run: Run, order: number) {
    this.#run = run;
    this.order = order;
  }

  /** False when the chunk is used up and another one follows: `load` it. */
  step(): boolean {
    this.current = this.#records?.next().value ?? undefined;
    return this.current !== undefined || this.#last;
  }

  async load(): Promise<void> {
    do {
      const chunk = await this.#run.chunk(this.#next);
      this.#next += 1;
      this.#last = chunk.last;
      this.#records = readChunk(chunk.bytes);
    } while (!this.step());
  }
}

/** Merges at most `fanInMax` runs. */
export async function* mergeRuns(
  runs: readonly Run[],
  limits: MergeLimits,
): AsyncGenerator<EncodedRecord, void> {
  const cursors = runs.map((run, order) => new Cursor(run, order));
  await loadAll(cursors, limits.fetchesMax);
  const sorted = cursors.filter((cursor) => cursor.current !== undefined).sort(compareCursors);
  for (let first = sorted[0]; first?.current !== undefined; first = sorted[0]) {
    yield first.current;
    if (!first.step()) await first.load();
    if (first.current === undefined) sorted.shift();
    else sinkFirst(sorted);
  }
}

/** Begins the runs a few at a time, and all of them, so that a reducer can report those that are missing together. */
async function loadAll(cursors: readonly Cursor[], fetchesMax: number): Promise<void> {
  const outcomes: PromiseSettledResult<void>[] = [];
  for (let from = 0; from < cursors.length; from += fetchesMax) {
    const loads = cursors.slice(from, from + fetchesMax).map((cursor) => cursor.load());
    outcomes.push(...(await Promise.allSettled(loads)));
  }
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function compareCursors(left: Cursor, right: Cursor): number {
  if (left.current === undefined || right.current === undefined) return 0;
  return compareBytes(left.current.key, right.current.key) || left.order - right.order;
}

/** All but the first are in order; a linear walk, for runs are few and mostly the first stays first. */
function sinkFirst(cursors: Cursor[]): void {
  const [first] = cursors;
  if (first === undefined) return;
  let at = 0;
  for (let next = cursors[at + 1]; next !== undefined; next = cursors[at + 1]) {
    if (compareCursors(first, next) <= 0) break;
    cursors[at] = next;
    at += 1;
  }
  cursors[at] = first;
}

/** Merges neighbours into runs of `store` until `fanInMax` are left; neighbours, so that mapreduce.G1 holds. */
export async function narrowRuns(
  runs: readonly Run[],
  limits: MergeLimits,
  store: (records: AsyncIterable<EncodedRecord>) => Promise<Run>,
): Promise<readonly Run[]> {
  let left = runs;
  while (left.length > limits.fanInMax) {
    const merged: Run[] = [];
    for (let from = 0; from < left.length; from += limits.fanInMax) {
      merged.push(await store(mergeRuns(left.slice(from, from + limits.fanInMax), limits)));
    }
    left = merged;
  }
  return left;
}

/** Sorted records by key. The values of a key are not collected: they come as `reduce` asks for them. */
export async function* groupByKey(records: AsyncGenerator<EncodedRecord, void>): AsyncGenerator<Group, void> {
  let next = await records.next();
  while (next.done !== true) {
    const { key } = next.value;
    const inGroup = (): EncodedRecord | undefined =>
      next.done !== true && compareBytes(next.value.key, key) === 0 ? next.value : undefined;
    async function* values(): AsyncGenerator<string, void> {
      for (let record = inGroup(); record !== undefined; record = inGroup()) {
        next = await records.next();
        yield decodeText(record.value);
      }
    }
    yield { key: decodeText(key), values: values() };
    while (inGroup() !== undefined) next = await records.next();
  }
}
