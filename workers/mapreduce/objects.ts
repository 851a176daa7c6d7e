import type { Env } from '../env.ts';
import {
  type CoordinatorCall,
  type CoordinatorReply,
  encodeMessage,
  readMessage,
  type WorkerCall,
  type WorkerReply,
} from './calls.ts';

const TIMEOUT_MS = 10_000;
/** The platform allows six connections a request. */
const CALLS_AT_ONCE = 6;

/**
 * One call, one attempt, on a fresh stub: the runtime's own retries are off, for a job has better ones. Undefined:
 * there was no answer, and nobody knows whether the call arrived.
 */
export function callCoordinator(
  env: Env,
  job: string,
  call: CoordinatorCall,
): Promise<CoordinatorReply | undefined> {
  const coordinators = env.MAPREDUCE_COORDINATOR;
  return exchange(coordinators.get(coordinators.idFromName(job), { retry: { maxRetries: 0 } }), call);
}

export function callWorker(env: Env, worker: string, call: WorkerCall): Promise<WorkerReply | undefined> {
  const workers = env.MAPREDUCE_WORKER;
  return exchange(workers.get(workers.idFromName(worker), { retry: { maxRetries: 0 } }), call);
}

/** True when all have answered. */
export async function callWorkers(env: Env, workers: readonly string[], call: WorkerCall): Promise<boolean> {
  let all = true;
  for (let from = 0; from < workers.length; from += CALLS_AT_ONCE) {
    const some = workers.slice(from, from + CALLS_AT_ONCE);
    const replies = await Promise.all(some.map((worker) => callWorker(env, worker, call)));
    if (replies.includes(undefined)) all = false;
  }
  return all;
}

async function exchange<Reply extends CoordinatorReply | WorkerReply>(
  stub: DurableObjectStub,
  call: CoordinatorCall | WorkerCall,
): Promise<Reply | undefined> {
  try {
    const response = await stub.fetch('https://mapreduce/', {
      method: 'POST',
      body: encodeMessage(call),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 200) return await readMessage<Reply>(response);
    // A body that nobody reads keeps its object busy.
    await response.arrayBuffer();
    return undefined;
  } catch {
    return undefined;
  }
}
