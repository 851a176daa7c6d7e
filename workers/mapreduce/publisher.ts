/** Where a job's output goes, as the worker of a task and the coordinator see it, and how it is given its final name. */
import type { AttemptId, JobInput, OutputSink, PublishOrder } from '../../src/mapreduce/index.ts';
import { untilAnswered } from './calls.ts';
import type { PublishOutcome } from './codecs.ts';

/** The worker's side. */
export interface TaskOutput {
  open(attempt: AttemptId): OutputSink;
  /** For an attempt that finished and was not chosen; `output` is what its sink said. */
  discard(attempt: AttemptId, output: Uint8Array): Promise<void>;
}

/** The coordinator's side. */
export interface JobOutput {
  publish(order: PublishOrder): Promise<PublishOutcome>;
  /** The job came to nothing: removes what was published, as far as nobody can have seen it. */
  clear(reduceTasks: number): Promise<void>;
}

const FAILURES_MAX = 5;

/** Carries out publish orders, each one only once at a time. What a crash interrupts is ordered again. */
export class Publisher {
  readonly #begun = new Set<string>();

  get busy(): boolean {
    return this.#begun.size > 0;
  }

  carryOut(orders: readonly PublishOrder[], output: JobOutput, report: (input: JobInput) => void): void {
    for (const order of orders) {
      const { reduce, attempt } = order;
      const name = `${reduce}/${attempt}`;
      if (this.#begun.has(name)) continue;
      this.#begun.add(name);
      untilAnswered(() => tryToPublish(output, order), FAILURES_MAX)
        .then((outcome) => {
          this.#begun.delete(name);
          report({ type: outcome === 'published' ? 'published' : 'unpublishable', reduce, attempt });
        })
        // A report that could not be stored changes nothing: the order stands, and the next step carries it out.
        .catch(console.error);
    }
  }
}

/** Undefined: it could not be done just now. */
async function tryToPublish(output: JobOutput, order: PublishOrder): Promise<PublishOutcome | undefined> {
  for (;;) {
    const outcome = await output.publish(order).catch(() => 'failed' as const);
    if (outcome !== 'working') return outcome === 'failed' ? undefined : outcome;
  }
}
