/** A disk that takes a moment to confirm; what is not confirmed is lost in a crash. */

import {
  type ChunkRequest,
  invariant,
  type PersistedState,
  type ReplicaId,
  type SnapshotChunk,
  type Store,
} from '../../src/raft/index.ts';
import type { Random } from '../sim/random.ts';
import { type Persister, raftStateSize, readState, type Snapshot, snapshotSize, write } from './persister.ts';
import type { RaftDisk, ServiceSnapshot } from './raft-disk.ts';
import type { Timeline } from './timeline.ts';

/** Exclusive. */
const FLUSH_MS_BOUND = 2;
/** So small that a snapshot of a few rounds of commands takes more than one chunk. */
const CHUNK_BYTES_MAX = 1024;

interface Stream extends Snapshot {
  readonly name: string;
}

export class SimulatedDisk implements RaftDisk {
  readonly state: PersistedState;

  /** Makes the names of streams differ from those of other disks and other incarnations. */
  readonly #owner: string;
  readonly #timeline: Timeline;
  readonly #random: Random;
  /** What the core was told is written, and what a crash leaves of it. */
  #written: Persister;
  #durable: Persister;
  #flushedAtMs = 0;
  #streamCount = 0;
  readonly #streams = new Map<ReplicaId, Stream>();

  constructor(owner: string, persister: Persister, timeline: Timeline, random: Random) {
    this.state = readState(persister);
    this.#owner = owner;
    this.#timeline = timeline;
    this.#random = random;
    this.#written = persister;
    this.#durable = persister;
  }

  /** What a crash at this moment leaves. */
  get durable(): Persister {
    return this.#durable;
  }

  get snapshot(): ServiceSnapshot | undefined {
    const { snapshot } = this.#written;
    return snapshot === undefined ? undefined : { index: snapshot.meta.index, data: snapshot.data };
  }

  get raftStateSize(): number {
    return raftStateSize(this.#durable);
  }

  get snapshotSize(): number {
    return snapshotSize(this.#durable);
  }

  write(store: Store, snapshot: Uint8Array | undefined): void {
    this.#written = write(this.#written, store, snapshot);
    this.#flushedAtMs = Math.max(
      this.#flushedAtMs,
      this.#timeline.nowMs + this.#random.below(FLUSH_MS_BOUND),
    );
  }

  flush(onDurable: () => void): void {
    const written = this.#written;
    this.#timeline.at(this.#flushedAtMs, () => {
      this.#durable = written;
      onDurable();
    });
  }

  readChunk({ to, stream, cursor }: ChunkRequest): SnapshotChunk {
    const known = this.#streams.get(to);
    const isKnown = stream !== undefined && known?.name === stream;
    const current = isKnown ? known : this.#openStream(to);
    const from = isKnown && cursor !== '' ? Number(cursor) : 0;
    const until = Math.min(from + CHUNK_BYTES_MAX, current.data.byteLength);
    return {
      snapshot: current.meta,
      stream: current.name,
      cursor: isKnown ? cursor : '',
      nextCursor: String(until),
      data: current.data.slice(from, until),
      done: until === current.data.byteLength,
    };
  }

  #openStream(to: ReplicaId): Stream {
    const { snapshot } = this.#written;
    invariant(snapshot !== undefined, 'nothing was compacted without a snapshot');
    this.#streamCount += 1;
    const stream = { ...snapshot, name: `${this.#owner}.${this.#streamCount}` };
    this.#streams.set(to, stream);
    return stream;
  }
}
