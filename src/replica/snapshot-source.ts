/**
 * Where the chunks of a snapshot come from: a frozen view of the state table, shared by all peers that need one, read
 * a chunk at a time. Memory is one chunk, whatever the size of the state.
 */

import { encodeRowChanges, type RowChange } from '../codec/index.ts';
import { type ChunkRequest, describeId, type Index, type SnapshotChunk } from '../raft/index.ts';
import type { FrozenView, ReplicaStorage } from '../storage/index.ts';
import type { ReplicaTrace } from './replica-trace.ts';

/** A chunk is bounded by its bytes; this only keeps a table of tiny rows from making it slow. */
const CHUNK_ROWS_MAX = 10_000;

type ViewedStorage = Pick<ReplicaStorage, 'openView'>;

interface OpenView {
  readonly stream: string;
  readonly frozen: FrozenView;
  lastUsedMs: number;
}

export class SnapshotSource {
  readonly #storage: ViewedStorage;
  /** Makes stream names differ between replicas and between the lives of one replica. */
  readonly #owner: string;
  readonly #chunkBytesMax: number;
  readonly #trace: ReplicaTrace | undefined;
  #view: OpenView | undefined;
  #viewsOpened = 0;

  constructor(storage: ViewedStorage, owner: string, chunkBytesMax: number, trace?: ReplicaTrace) {
    this.#storage = storage;
    this.#owner = owner;
    this.#chunkBytesMax = chunkBytesMax;
    this.#trace = trace;
  }

  /** The index that the open view stands for. The log must not forget what comes after it. */
  get viewIndex(): number | undefined {
    return this.#view?.frozen.snapshot.index;
  }

  /** A stream that is gone is answered with the beginning of a new one. The log begins after `compacted`. */
  read(request: ChunkRequest, compacted: Index, nowMs: number): SnapshotChunk {
    const view = this.#viewFor(request, compacted) ?? this.#open(nowMs);
    view.lastUsedMs = nowMs;
    const cursor = request.stream === view.stream ? request.cursor : '';
    // Keys hold no character below NUL, so this is the first possible key after the last one sent.
    const from = cursor === '' ? '' : `${cursor}\0`;
    const rows = view.frozen.scan(
      { from, to: undefined },
      { rowsMax: CHUNK_ROWS_MAX, bytesMax: this.#chunkBytesMax },
    );
    const nextCursor = rows.at(-1)?.key ?? cursor;
    const rest = { from: `${nextCursor}\0`, to: undefined };
    const done = rows.length === 0 || view.frozen.scan(rest, { rowsMax: 1, bytesMax: 1 }).length === 0;
    const { snapshot } = view.frozen;
    return {
      snapshot,
      stream: view.stream,
      cursor,
      nextCursor,
      data: encodeRowChanges(rows.map(({ key, value }): RowChange => [key, value])),
      done,
    };
  }

  /** A view costs disk space for every row that changes while it is open. */
  closeIfIdle(nowMs: number, idleMs: number): void {
    if (this.#view !== undefined && nowMs - this.#view.lastUsedMs >= idleMs) this.close();
  }

  close(): void {
    if (this.#view === undefined) return;
    this.#trace?.says(`closes the view ${this.#view.stream}`);
    this.#view.frozen.close();
    this.#view = undefined;
  }

  /**
   * Undefined if a view must be opened. Who is in the middle of one goes on, but nobody begins with one that ends before
   * the log begins: whoever has received it needs a snapshot again.
   */
  #viewFor(request: ChunkRequest, compacted: Index): OpenView | undefined {
    const view = this.#view;
    if (view === undefined || (request.stream === view.stream && request.cursor !== '')) return view;
    return view.frozen.snapshot.index < compacted ? undefined : view;
  }

  #open(nowMs: number): OpenView {
    this.#viewsOpened += 1;
    const opened = {
      stream: `${this.#owner}.${this.#viewsOpened}`,
      frozen: this.#storage.openView(),
      lastUsedMs: nowMs,
    };
    this.#view = opened;
    this.#trace?.says(`opens the view ${opened.stream} at ${describeId(opened.frozen.snapshot)}`);
    return opened;
  }
}
