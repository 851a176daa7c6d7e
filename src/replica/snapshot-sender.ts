/** Sends snapshots as a leader: which chunks are asked for, when they are due, and the view that they come from. */

import type { ChunkRequest, DiskId, Index, Input, ReplicaId } from '../raft/index.ts';
import type { ReplicaStorage } from '../storage/index.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { ReplicaLimits } from './options.ts';
import type { ReplicaTrace } from './replica-trace.ts';
import { SnapshotSource } from './snapshot-source.ts';

/** Names no other life of any replica: a new disk counts its lives anew. */
export function streamOwner(id: ReplicaId, disk: DiskId | undefined, incarnation: number): string {
  return disk === undefined ? `${id}.${incarnation}` : `${id}.${disk}.${incarnation}`;
}

export class SnapshotSender {
  readonly #limits: ReplicaLimits;
  readonly #chunks: ChunkQueue;
  readonly #source: SnapshotSource;

  /** `owner` differs between replicas, and between the lives of one. */
  constructor(storage: ReplicaStorage, owner: string, limits: ReplicaLimits, trace?: ReplicaTrace) {
    this.#limits = limits;
    this.#chunks = new ChunkQueue(limits.chunkPauseMs);
    this.#source = new SnapshotSource(storage, owner, limits.chunkBytesMax, trace);
  }

  /** The index that the open view stands for. The log must not forget what comes after it. */
  get viewIndex(): number | undefined {
    return this.#source.viewIndex;
  }

  /** When the next chunk is due. */
  get deadline(): number {
    return this.#chunks.deadline;
  }

  add(request: ChunkRequest, nowMs: number): void {
    this.#chunks.add(request, nowMs);
  }

  /** The chunks that are due; the log begins after `compacted`. */
  take(compacted: Index, nowMs: number): readonly Input[] {
    return this.#chunks.take(nowMs).map((request) => ({
      type: 'snapshot-chunk',
      to: request.to,
      chunk: this.#source.read(request, compacted, nowMs),
    }));
  }

  /** A view that nobody needs, or that nobody has asked for lately, is given up. */
  tidy(isSending: boolean, nowMs: number): void {
    if (!isSending) this.#source.close();
    else this.#source.closeIfIdle(nowMs, this.#limits.viewIdleMs);
  }

  /** The state is replaced by a snapshot that came from outside. */
  closeView(): void {
    this.#source.close();
  }

  /** This replica leads no more. */
  stop(): void {
    this.#chunks.clear();
    this.#source.close();
  }
}
