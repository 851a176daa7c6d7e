/**
 * A run: sorted records as a sequence of chunks. A worker keeps its runs on its own disk (MapReduce §3.1), which is a
 * table of rows; a reducer reads the runs of others through `Shuffle`, a chunk at a time.
 *
 * 1. What a map attempt wrote can be read by others only once its manifest is there, and the manifest is written last.
 * 2. A worker executes one task at a time: what lies under `scratch/` when a task begins belongs to a dead one.
 */
import { decode, encode } from 'cborg';
import type { KeyRange, Table } from '../storage/index.ts';
import { type ChunkBuilder, EMPTY_CHUNK, type EncodedRecord } from './record.ts';
import type { MapSource } from './task.ts';

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

export interface ChunkRequest {
  readonly job: string;
  readonly source: MapSource;
  readonly partition: number;
  readonly chunk: number;
}

export type ChunkReply =
  | ({ readonly type: 'chunk' } & Chunk)
  /** The attempt's output is not there, or not whole. */
  | { readonly type: 'missing' };

/**
 * How a reducer reads from mappers. The host asks the worker named in `source` (which answers with `serveChunk`), and
 * says `missing` only if that one does, or cannot be reached after a few tries.
 */
export interface Shuffle {
  fetch(request: ChunkRequest): Promise<ChunkReply>;
}

interface Manifest {
  /** Chunks of each partition. */
  readonly chunks: readonly number[];
}

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

  finish(): StoredRun {
    if (!this.#builder.empty) this.#writeChunk();
    return { prefix: this.#prefix, chunks: this.#chunks };
  }

  #writeChunk(): void {
    const bytes = this.#builder.take();
    this.#disk.put(chunkKey(this.#prefix, this.#chunks), bytes);
    this.#chunks += 1;
    this.bytes += bytes.length;
  }
}

export function localRun(disk: Table, stored: StoredRun): Run {
  return {
    chunk: (index) => {
      if (stored.chunks === 0) return Promise.resolve({ bytes: EMPTY_CHUNK, last: true });
      const bytes = disk.get(chunkKey(stored.prefix, index));
      if (bytes === undefined) return Promise.reject(new Error(`chunk ${index} of ${stored.prefix} is gone`));
      return Promise.resolve({ bytes, last: index === stored.chunks - 1 });
    },
  };
}

/** The mapper's side of `Shuffle`. */
export function serveChunk(disk: Table, request: ChunkRequest): ChunkReply {
  const manifest = disk.get(manifestKey(request.job, request.source));
  if (manifest === undefined) return { type: 'missing' };
  const { chunks } = decode(manifest) as Manifest;
  const count = chunks[request.partition] ?? 0;
  if (count === 0) return { type: 'chunk', bytes: EMPTY_CHUNK, last: true };
  const bytes = disk.get(
    chunkKey(outputPrefix(request.job, request.source, request.partition), request.chunk),
  );
  return bytes === undefined
    ? { type: 'missing' }
    : { type: 'chunk', bytes, last: request.chunk === count - 1 };
}

type MapAttempt = Pick<MapSource, 'map' | 'attempt'>;

/** Invariant 1. */
export function writeManifest(
  disk: Table,
  job: string,
  attempt: MapAttempt,
  chunks: readonly number[],
): void {
  disk.put(manifestKey(job, attempt), encode({ chunks } satisfies Manifest));
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

/** All that a worker keeps of a job: to be deleted when the job has ended. */
export function jobRows(job: string): KeyRange {
  return { from: `data/${job}/`, to: `data/${job}0` };
}

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
