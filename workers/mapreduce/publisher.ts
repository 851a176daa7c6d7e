import type { JobInput, PublishOrder } from '../../src/mapreduce/index.ts';

export type Published =
  | 'published'
  /** It is being done; ask again. */
  | 'working'
  /** It could not be done just now. */
  | 'failed'
  /** What was to be published is no longer there. */
  | 'gone';

const FAILURES_MAX = 5;
const RETRY_MS = 200;

/** Carries out publish orders, each one only once at a time. What a crash interrupts is ordered again. */
export class Publisher {
  readonly #begun = new Set<string>();

  get busy(): boolean {
    return this.#begun.size > 0;
  }

  carryOut(
    orders: readonly PublishOrder[],
    publish: (order: PublishOrder) => Promise<Published>,
    report: (input: JobInput) => void,
  ): void {
    for (const order of orders) {
      const { reduce, attempt } = order;
      const name = `${reduce}/${attempt}`;
      if (this.#begun.has(name)) continue;
      this.#begun.add(name);
      untilPublished(() => publish(order))
        .then((done) => {
          this.#begun.delete(name);
          const reason = `attempt ${attempt} of reduce task ${reduce} cannot be published`;
          report(
            done
              ? { type: 'published', reduce, attempt }
              : { type: 'unpublishable', reduce, attempt, reason },
          );
        })
        // A report that could not be stored changes nothing: the order stands, and the next step carries it out.
        .catch(console.error);
    }
  }
}

async function untilPublished(publish: () => Promise<Published>): Promise<boolean> {
  for (let failures = 0; failures < FAILURES_MAX; ) {
    const outcome = await publish().catch(() => 'failed' as const);
    if (outcome === 'published') return true;
    if (outcome === 'gone') return false;
    if (outcome === 'failed') failures += 1;
    await scheduler.wait(RETRY_MS * (failures + 1));
  }
  return false;
}
