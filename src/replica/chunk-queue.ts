/**
 * Chunks of a snapshot that peers wait for. Each waits for a while, so that a transfer leaves time for everything else:
 * replicas that share a thread would answer one another so fast that nothing else got in, not even a heartbeat.
 */

import type { ChunkRequest, ReplicaId } from '../raft/index.ts';

export class ChunkQueue {
  readonly #pauseMs: number;
  /** A peer waits for one chunk at a time: a new request takes the place of the old. */
  readonly #waiting = new Map<ReplicaId, { readonly request: ChunkRequest; readonly atMs: number }>();

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** When the next chunk is due. */
  get deadline(): number {
    return [...this.#waiting.values()].reduce(
      (first, { atMs }) => Math.min(first, atMs),
      Number.POSITIVE_INFINITY,
    );
  }

  add(request: ChunkRequest, nowMs: number): void {
    this.#waiting.set(request.to, { request, atMs: nowMs + this.#pauseMs });
  }

  /** The requests that are due. */
  take(nowMs: number): readonly ChunkRequest[] {
    const due = [...this.#waiting.values()].filter(({ atMs }) => atMs <= nowMs);
    for (const { request } of due) this.#waiting.delete(request.to);
    return due.map(({ request }) => request);
  }

  clear(): void {
    this.#waiting.clear();
  }
}
