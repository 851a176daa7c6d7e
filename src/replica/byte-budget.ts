/**
 * Bytes that are kept for requests under way, and a bound on them: bodies that arrive, answers that have not left. Whoever
 * keeps bytes takes a lease first, and gives it back when they are gone.
 *
 * replica.B1  What was taken, and not given back, is never more than `bytesMax`. What is held whether there is room or
 *     not counts, and takes the room of others.
 * replica.B2  A lease ends after `leaseMsMax` at the latest: a host may end a request without a word to who kept its bytes.
 */

export interface ByteBudgetOptions {
  readonly bytesMax: number;
  readonly leaseMsMax: number;
  readonly nowMs: () => number;
}

export interface Lease {
  readonly bytes: number;
  readonly untilMs: number;
}

export class ByteBudget {
  readonly #options: ByteBudgetOptions;
  /** The first to end first, since all last equally long. */
  readonly #leases = new Set<Lease>();
  #heldBytes = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ByteBudgetOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    this.#endOverdue();
    return this.#heldBytes;
  }

  get isFull(): boolean {
    return !this.#hasRoomFor(1);
  }

  /** Undefined if there is no room. */
  take(bytes: number): Lease | undefined {
    if (this.#hasRoomFor(bytes)) return this.hold(bytes);
    this.#refusedAtMs = this.#options.nowMs();
    return undefined;
  }

  /** Whether somebody found no room of late. */
  hasRefusedWithin(durationMs: number): boolean {
    return this.#options.nowMs() - this.#refusedAtMs <= durationMs;
  }

  /** For bytes that are there already, and that nobody can refuse any more. */
  hold(bytes: number): Lease {
    const { leaseMsMax, nowMs } = this.#options;
    const lease = { bytes, untilMs: nowMs() + leaseMsMax };
    this.#leases.add(lease);
    this.#heldBytes += bytes;
    return lease;
  }

  /** As `hold`; what is returned gives the lease back. */
  keep(bytes: number): () => void {
    const lease = this.hold(bytes);
    return () => this.give(lease);
  }

  /** Twice does no harm. */
  give(lease: Lease): void {
    if (this.#leases.delete(lease)) this.#heldBytes -= lease.bytes;
  }

  #hasRoomFor(bytes: number): boolean {
    const fits = () => this.#heldBytes + bytes <= this.#options.bytesMax;
    if (fits()) return true;
    this.#endOverdue();
    return fits();
  }

  /** replica.B2 */
  #endOverdue(): void {
    if (this.#leases.size === 0) return;
    const nowMs = this.#options.nowMs();
    for (const lease of this.#leases) {
      if (lease.untilMs > nowMs) return;
      this.give(lease);
    }
  }
}
