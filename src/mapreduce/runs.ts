/**
 * A run: sorted records as a sequence of chunks. A worker keeps its runs on its own disk (MapReduce §3.1), which is a
 * table of rows; a reducer reads the runs of others through `Shuffle`, a chunk at a time.
 *
 * mapreduce.R1  What a map attempt wrote can be read by others only once its manifest is there, and the manifest is
 *               written last.
 * mapreduce.R2  A worker executes one task at a time: what lies under `scratch/` when a task begins belongs to
 *               a dead one.
 */
import {
  bytes,
  type ChunkBuilder,
  Codec,
  type Described,
  EMPTY_CHUNK,
  type EncodedRecord,
  flag,
  list,
  natural,
  text,
  tuple,
  union,
} from '../codec/index.ts';
import type { KeyRange, Table } from '../storage/index.ts';
import { type MapSource, mapSource } from './task.ts';

interface Chunk {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

export interface Run {
  /** Asked for in order, from 0, until one is the last. A run without records has one chunk without records. */
  chunk(index: number): Promise<Chunk>;
}

/** The same run, but others get their turn before each chunk: to merge runs of one disk waits for nothing else. */
export function paced(run: Run, giveWay: () => Promise<void>): Run {
  return {
    chunk: async (index) => {
      await giveWay();
      return run.chunk(index);
    },
  };
}

export const shuffleRequest = tuple({ job: text, source: mapSource, partition: natural, chunk: natural });
export type ShuffleRequest = Described<typeof shuffleRequest>;

export const shuffleReply = union({
  chunk: { bytes, last: flag },
  /** The attempt's output is not there, or not whole, or nobody here can read it. */
  missing: {},
});
export type ShuffleReply = Described<typeof shuffleReply>;

/**
 * How a reducer reads from mappers. The host asks the worker named in `source` (which answers with `serveChunk`), and
 * says `missing` only if that one does, or cannot be reached after a few tries.
 */
export interface Shuffle {
  fetch(request: ShuffleRequest): Promise<ShuffleReply>;
}

/** How many chunks each partition has. */
export const MANIFEST_ROW = new Codec('the manifest of a map attempt', list(natural), 2);

const DELETE_PAGE = { rowsMax: 64, bytesMax: 1_048_576 } as const;

/** A run on this disk: first its records are written, in order; once it is finished, it can be read. */
export class StoredRun implements Run {
  readonly #disk: Table;
  readonly #prefix: string;
  readonly #records: ChunkBuilder;
  chunks = 0;
  records = 0;
  bytes = 0;

  /** The writer is empty, and other runs may use it after this one is finished. */
  constructor(disk: Table, prefix: string, records: ChunkBuilder) {
    this.#disk = disk;
    this.#prefix = prefix;
    this.#records = records;
  }

  append(record: EncodedRecord): void {
    if (!this.#records.append(record)) {
      this.#writeChunk();
      this.#records.append(record);
    }
    this.records += 1;
  }

  finish(): this {
    if (!this.#records.empty) this.#writeChunk();
    return this;
  }

  async writeAll(records: AsyncIterable<EncodedRecord>): Promise<this> {
    for await (const record of records) this.append(record);
    return this.finish();
  }

  async chunk(index: number): Promise<Chunk> {
    if (this.chunks === 0) return { bytes: EMPTY_CHUNK, last: true };
    const row = this.#disk.get(`${this.#prefix}${index}`);
    if (row === undefined) throw new Error(`chunk ${index} of ${this.#prefix} is gone`);
    return { bytes: row, last: index === this.chunks - 1 };
  }

  #writeChunk(): void {
    const chunk = this.#records.take();
    this.#disk.put(`${this.#prefix}${this.chunks}`, chunk);
    this.chunks += 1;
    this.bytes += chunk.length;
  }
}

/** The mapper's side of `Shuffle`. */
export function serveChunk(disk: Table, { job, source, partition, chunk }: ShuffleRequest): ShuffleReply {
  const manifest = disk.get(manifestKey(job, source));
  const chunks = manifest === undefined ? undefined : MANIFEST_ROW.tryDecode(manifest);
  if (chunks === undefined) return { type: 'missing' };
  const count = chunks[partition] ?? 0;
  if (count === 0) return { type: 'chunk', bytes: EMPTY_CHUNK, last: true };
  const row = disk.get(`${outputPrefix(job, source, partition)}${chunk}`);
  return row === undefined ? { type: 'missing' } : { type: 'chunk', bytes: row, last: chunk === count - 1 };
}

type MapAttempt = Pick<MapSource, 'map' | 'attempt'>;

/** mapreduce.R1. */
export function writeManifest(
  disk: Table,
  job: string,
  attempt: MapAttempt,
  chunks: readonly number[],
): void {
  disk.put(manifestKey(job, attempt), MANIFEST_ROW.encode(chunks));
}

export function outputPrefix(job: string, attempt: MapAttempt, partition: number): string {
  return `${attemptPrefix(job, attempt)}${partition}/`;
}

function manifestKey(job: string, attempt: MapAttempt): string {
  return `${attemptPrefix(job, attempt)}manifest`;
}

function attemptPrefix(job: string, { map, attempt }: MapAttempt): string {
  return `data/${job}/${map}/${attempt}/`;
}

export function scratchPrefix(run: number): string {
  return `${SCRATCH}${run}/`;
}

/** All rows under a prefix that ends in `/`, which `0` follows in the order of keys. */
export function rowsUnder(prefix: string): KeyRange {
  return { from: prefix, to: `${prefix.slice(0, -1)}0` };
}

const SCRATCH = 'scratch/';
export const SCRATCH_ROWS: KeyRange = rowsUnder(SCRATCH);

/** What a superseded map attempt left behind. */
export function attemptRows(job: string, attempt: MapAttempt): KeyRange {
  return rowsUnder(attemptPrefix(job, attempt));
}

/** Deletes a page at a time; a host with SQL at hand deletes the range at once instead. */
export function deleteRows(table: Table, range: KeyRange): void {
  for (;;) {
    const rows = table.scan(range, DELETE_PAGE);
    if (rows.length === 0) return;
    for (const row of rows) table.delete(row.key);
  }
}
