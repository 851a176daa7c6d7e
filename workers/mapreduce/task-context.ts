import type { Arguments, TaskContext } from '../../src/mapreduce/index.ts';
import type { CoordinatorCall, CoordinatorReply } from './calls.ts';

export interface ContextHost {
  readonly worker: string;
  /** A reply that was missed is asked for again by the caller's attempt as a whole: it fails. */
  call(call: CoordinatorCall): Promise<CoordinatorReply | undefined>;
  /** Resets the object. */
  abort(reason: string): void;
}

/** What an application may know and do in a worker's object. What workers share, the coordinator keeps. */
export function taskContext(host: ContextHost, given: Arguments): TaskContext {
  const number = async (call: CoordinatorCall): Promise<number> => {
    const reply = await host.call(call);
    if (reply?.type !== 'number') throw new Error(`the coordinator did not answer to ${call.type}`);
    return reply.value;
  };
  return {
    arguments: given,
    worker: host.worker,
    nowMs: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms) => scheduler.wait(ms),
    crash: () => {
      host.abort('the application ended its worker');
      // The object is gone before anybody waits for this.
      return new Promise<never>(() => {});
    },
    count: async (counter) => {
      await number({ type: 'count', counter });
    },
    counted: (counter) => number({ type: 'counted', counter }),
    meet: (place, ms) => number({ type: 'meet', place, worker: host.worker, ms }),
  };
}
