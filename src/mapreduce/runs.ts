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

export interface Chunk {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

export interface Run {
  /** Asked for in order, from 0, until one is the last. A run without records has one chunk without records. */
  chunk(index: number): Promise<Chunk>;
}

export interface StoredRun {
  readonly prefix: string;
  readonly chunks: number;
}

export const shuffleRequest = tuple({ job: text, source: mapSource, partition: natural, chunk: natural });
export type ShuffleRequest = Described<typeof shuffleRequest>;

export const shuffleReply = union({
  chunk: { bytes, last: flag },
  /** The attempt's output is not there, or not whole. */
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

/** Collects the records of one run, in order. */
export class RunWriter {
  readonly #disk: Table;
  readonly #prefix: string;
  readonly #builder: ChunkBuilder;
  #chunks = 0;
  records = 0;
  bytes = 0;

  /** An empty builder, which other writers may use after this one has finished. */
  constructor(disk: Table, prefix: string, builder: ChunkBuilder) {
    this.#disk = disk;
    this.#prefix = prefix;
    this.#builder = builder;
  }

  append(record: EncodedRecord): void {
    if (!this.#builder.append(record)) {
      this.#writeChunk();
      this.#builder.append(record);
    }
    this.records += 1;
  }

  async appendAll(records: AsyncIterable<EncodedRecord>): Promise<void> {
    for await (const record of records) this.append(record);
  }

  finish(): StoredRun {
    if (!this.#builder.empty) this.#writeChunk();
    return { prefix: this.#prefix, chunks: this.#chunks };
  }

  #writeChunk(): void {
    const chunk = this.#builder.take();
    this.#disk.put(chunkKey(this.#prefix, this.#chunks), chunk);
    this.#chunks += 1;
    this.bytes += chunk.length;
  }
}

export function localRun(disk: Table, stored: StoredRun): Run {
  return {
    chunk: (index) => {
      if (stored.chunks === 0) return Promise.resolve({ bytes: EMPTY_CHUNK, last: true });
      const chunk = disk.get(chunkKey(stored.prefix, index));
      if (chunk === undefined) return Promise.reject(new Error(`chunk ${index} of ${stored.prefix} is gone`));
      return Promise.resolve({ bytes: chunk, last: index === stored.chunks - 1 });
    },
  };
}

/** The mapper's side of `Shuffle`. */
export function serveChunk(disk: Table, request: ShuffleRequest): ShuffleReply {
  const manifest = disk.get(manifestKey(request.job, request.source));
  if (manifest === undefined) return { type: 'missing' };
  const count = MANIFEST_ROW.decode(manifest)[request.partition] ?? 0;
  if (count === 0) return { type: 'chunk', bytes: EMPTY_CHUNK, last: true };
  const prefix = outputPrefix(request.job, request.source, request.partition);
  const chunk = disk.get(chunkKey(prefix, request.chunk));
  if (chunk === undefined) return { type: 'missing' };
  return { type: 'chunk', bytes: chunk, last: request.chunk === count - 1 };
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

export function scratchPrefix(run: number, partition: number): string {
  return `scratch/${run}/${partition}/`;
}

/** `0` follows `/` in the order of keys. */
export const SCRATCH_ROWS: KeyRange = { from: 'scratch/', to: 'scratch0' };

/** What a superseded map attempt left behind. */
export function attemptRows(job: string, attempt: MapAttempt): KeyRange {
  const prefix = attemptPrefix(job, attempt);
  return { from: prefix, to: `${prefix.slice(0, -1)}0` };
}

/** Deletes a page at a time; a host with SQL at hand deletes the range at once instead. */
export function deleteRows(table: Table, range: KeyRange): void {
  for (;;) {
    const rows = table.scan(range, DELETE_PAGE);
    if (rows.length === 0) return;
    for (const row of rows) table.delete(row.key);
  }
}

function chunkKey(prefix: string, index: number): string {
  return `${prefix}${index}`;
}
