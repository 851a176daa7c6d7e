/** The disk of a lab server in SQLite: the production storage, whose state table holds the service's snapshot in rows. */

import {
  type ChunkRequest,
  type Index,
  invariant,
  Membership,
  type PersistedState,
  type ReplicaId,
  type SnapshotChunk,
  type Store,
} from '../../../src/raft/index.ts';
import { SnapshotSource } from '../../../src/replica/snapshot-source.ts';
import { type SqlPort, SqlStorage, type SqlStorageOptions } from '../../../src/storage/index.ts';
import type { RaftDisk, ServiceSnapshot } from '../../labs/raft-disk.ts';

/** So small that a snapshot of a few rounds of commands takes more than one chunk. */
const CHUNK_BYTES_MAX = 1024;
const ROW_BYTES_MAX = 256;
const EVERYTHING = { rowsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };
const WHOLE_TABLE = { from: '', to: undefined };
const KEY_DIGITS = 8;

export class SqlRaftDisk implements RaftDisk {
  readonly state: PersistedState;

  readonly #port: SqlPort;
  readonly #storage: SqlStorage;
  readonly #source: SnapshotSource;
  /** Up to where the state table stands for the log; 0 while there is no snapshot. */
  #snapshotIndex: Index;

  constructor(port: SqlPort, options: SqlStorageOptions, id: ReplicaId, voters: readonly ReplicaId[]) {
    this.#port = port;
    this.#storage = new SqlStorage(port, options);
    const { incarnation, state } = this.#storage.open(Membership.of(voters, []));
    this.state = state;
    this.#snapshotIndex = state.applied;
    this.#source = new SnapshotSource(this.#storage, `${id}.${incarnation}`, CHUNK_BYTES_MAX);
  }

  get snapshot(): ServiceSnapshot | undefined {
    if (this.#snapshotIndex === 0) return undefined;
    const rows = this.#storage.table.scan(WHOLE_TABLE, EVERYTHING);
    const data = Uint8Array.from(rows.flatMap(({ value }) => [...value]));
    return { index: this.#snapshotIndex, data };
  }

  /** What the rows hold, of the log and of the record of all else. */
  get raftStateSize(): number {
    const [row] = this.#port.query(
      `SELECT (SELECT coalesce(sum(length(payload) + length(kind) + 8), 0) FROM log) +
        (SELECT sum(length(value)) FROM meta WHERE key = 'replica')`,
    );
    const [size] = row ?? [];
    invariant(typeof size === 'number', 'a sum of lengths is a number');
    return size;
  }

  get snapshotSize(): number {
    return this.snapshot?.data.byteLength ?? 0;
  }

  write(store: Store, snapshot: Uint8Array | undefined): void {
    const { compactThrough, install } = store;
    if (install?.done) {
      this.#source.close();
      this.#storage.write({ store, applied: undefined });
      this.#snapshotIndex = install.snapshot.index;
    } else if (snapshot === undefined) {
      this.#storage.write({ store, applied: undefined });
    } else {
      invariant(compactThrough !== undefined, 'a snapshot comes with what it compacts');
      this.#storage.write({ store, applied: { through: compactThrough, changes: this.#changes(snapshot) } });
      this.#snapshotIndex = compactThrough.index;
    }
  }

  flush(onDurable: () => void): void {
    this.#storage.flush(onDurable);
  }

  readChunk(request: ChunkRequest, compacted: Index, nowMs: number): SnapshotChunk {
    return this.#source.read(request, compacted, nowMs);
  }

  /** Rows that the last snapshot had more of are deleted. */
  #changes(snapshot: Uint8Array): ReadonlyMap<string, Uint8Array | undefined> {
    const before = this.#storage.table.scan(WHOLE_TABLE, EVERYTHING);
    const changes = new Map<string, Uint8Array | undefined>(before.map(({ key }) => [key, undefined]));
    for (let from = 0; from < snapshot.byteLength; from += ROW_BYTES_MAX) {
      changes.set(String(from).padStart(KEY_DIGITS, '0'), snapshot.slice(from, from + ROW_BYTES_MAX));
    }
    return changes;
  }
}
