import type { JobInput, PublishOrder } from '../../src/mapreduce/index.ts';
import { retried } from './calling.ts';
import type { PublishOutcome } from './codecs.ts';

const TRIES_MAX = 5;

/** Carries out publish orders, each one only once at a time. What a crash interrupts is ordered again. */
export class Publisher {
  readonly #begun = new Set<string>();

  get busy(): boolean {
    return this.#begun.size > 0;
  }

  carryOut(
    orders: readonly PublishOrder[],
    publish: (order: PublishOrder) => Promise<PublishOutcome>,
    report: (input: JobInput) => void,
  ): void {
    for (const order of orders) {
      const { reduce, attempt } = order;
      const name = `${reduce}/${attempt}`;
      if (this.#begun.has(name)) continue;
      this.#begun.add(name);
      retried(TRIES_MAX, () => published(() => publish(order)))
        .then((done) => {
          this.#begun.delete(name);
          const reason = `attempt ${attempt} of reduce task ${reduce} cannot be published`;
          report(
            done === true
              ? { type: 'published', reduce, attempt }
              : { type: 'unpublishable', reduce, attempt, reason },
          );
        })
        // A report that could not be stored changes nothing: the order stands, and the next step carries it out.
        .catch(console.error);
    }
  }
}

/** False: it never will be. Undefined: not just now. */
async function published(publish: () => Promise<PublishOutcome>): Promise<boolean | undefined> {
  for (;;) {
    const outcome = await publish().catch(() => 'failed' as const);
    if (outcome === 'published') return true;
    if (outcome === 'gone') return false;
    if (outcome === 'failed') return undefined;
  }
}
