/** What a replica was sent of snapshots, as test/on-workerd/held-back.worker.ts counts it. */
export interface ChunkCounts {
  readonly chunks: number;
  readonly bytes: number;
  readonly largestBytes: number;
  /** Chunks that were the first of a stream. */
  readonly beginnings: number;
  readonly crashes: number;
  /** When the first chunk came; of the machine's clock, as the next. */
  readonly firstAtMs: number;
  /** When the chunk came that was the last of its stream. */
  readonly doneAtMs: number | undefined;
}
