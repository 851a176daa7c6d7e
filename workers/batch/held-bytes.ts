import type { ByteBudget, Lease } from '../../src/replica/index.ts';
import { SMALL_BYTES_MAX } from '../room.ts';

/** Leases are renewed when what is held has changed by so much: one for each operation would cost more than it tells. */
const STEP_BYTES = 64 * 1024;

/** Bytes that come and go by the thousand, counted in a budget by one lease that follows them. */
export class HeldBytes {
  readonly #budget: ByteBudget;
  #bytes = 0;
  #lease: Lease | undefined;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const counted = this.#lease?.bytes ?? 0;
    if (Math.abs(this.#bytes - counted) >= STEP_BYTES) this.renew();
  }

  /** Leases end by themselves; this one is to go on. */
  renew(): void {
    this.end();
    if (this.#bytes > SMALL_BYTES_MAX) this.#lease = this.#budget.hold(this.#bytes);
  }

  end(): void {
    if (this.#lease !== undefined) this.#budget.give(this.#lease);
    this.#lease = undefined;
  }
}
