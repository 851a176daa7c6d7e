/**
 * Sends snapshots as a leader: which chunks are asked for, when they are due, and the view that they come from. And so,
 * at every replica, what of the log may go.
 */

import { asIndex, type ChunkRequest, type Index, type Input, type Raft } from '../raft/index.ts';
import type { ReplicaStorage } from '../storage/index.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { ReplicaLimits } from './options.ts';
import type { ReplicaTrace } from './replica-trace.ts';
import { SnapshotSource } from './snapshot-source.ts';

export class SnapshotSender {
  readonly #limits: ReplicaLimits;
  readonly #chunks: ChunkQueue;
  readonly #source: SnapshotSource;
  readonly #trace: ReplicaTrace | undefined;

  /** `owner` differs between replicas, and between the lives of one. */
  constructor(storage: ReplicaStorage, owner: string, limits: ReplicaLimits, trace?: ReplicaTrace) {
    this.#limits = limits;
    this.#trace = trace;
    this.#chunks = new ChunkQueue(limits.chunkPauseMs);
    this.#source = new SnapshotSource(storage, owner, limits.chunkBytesMax, trace);
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

  /**
   * How far the log is to be compacted now, if it is. The state is in the table, so the log is needed only for peers that
   * are a little behind.
   */
  compactionPoint(raft: Pick<Raft, 'logSize' | 'compactionPoint' | 'compacted'>): Index | undefined {
    const { logEntriesMax, logBytesMax, logTailEntries } = this.#limits;
    const { entries, bytes } = raft.logSize;
    if (entries <= logEntriesMax && bytes <= logBytesMax) return undefined;
    const through = raft.compactionPoint(logTailEntries, Math.floor(logBytesMax / 2));
    const { viewIndex } = this.#source;
    // A peer that receives a snapshot needs what comes after it, but not at any price.
    const patient = entries <= 4 * logEntriesMax && bytes <= 4 * logBytesMax;
    const kept = patient && viewIndex !== undefined ? Math.min(through, viewIndex) : through;
    if (kept <= raft.compacted.index) return undefined;
    this.#trace?.says(`compacts its log of ${entries} entries and ${bytes} bytes through ${kept}`);
    return asIndex(kept);
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
