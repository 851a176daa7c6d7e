/** How the objects of a job are called, and called again. */
import type { Codec } from '../../src/codec/index.ts';
import type { Env } from '../env.ts';
import {
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  type CoordinatorCall,
  type CoordinatorReply,
  WORKER_CALL,
  WORKER_REPLY,
  type WorkerCall,
  type WorkerReply,
} from './codecs.ts';

const TIMEOUT_MS = 10_000;
/** The platform allows six connections a request. */
const CALLS_AT_ONCE = 6;
const RETRY_MS = 200;
const RETRY_MS_MAX = 1_000;

/**
 * One call, one attempt, on a fresh stub: the runtime's own retries are off, for a job has better ones. Undefined:
 * there was no answer that this code knows, and nobody knows whether the call arrived.
 */
export function callCoordinator(
  env: Env,
  job: string,
  call: CoordinatorCall,
): Promise<CoordinatorReply | undefined> {
  return exchange(env.MAPREDUCE_COORDINATOR, job, COORDINATOR_CALL.encode(call), COORDINATOR_REPLY);
}

export function callWorker(env: Env, worker: string, call: WorkerCall): Promise<WorkerReply | undefined> {
  return exchange(env.MAPREDUCE_WORKER, worker, WORKER_CALL.encode(call), WORKER_REPLY);
}

export async function exchange<Reply>(
  objects: DurableObjectNamespace,
  name: string,
  body: Uint8Array,
  replies: Codec<Reply>,
): Promise<Reply | undefined> {
  try {
    const stub = objects.get(objects.idFromName(name), { retry: { maxRetries: 0 } });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await stub.fetch('https://mapreduce/', { method: 'POST', body, signal });
    // Read in any case: a body that nobody reads keeps its object busy.
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? replies.tryDecode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** The other end of a call. */
export async function answerCall<Call, Reply>(
  request: Request,
  calls: Codec<Call>,
  replies: Codec<Reply>,
  answer: (call: Call) => Promise<Reply>,
): Promise<Response> {
  const call = calls.tryDecode(new Uint8Array(await request.arrayBuffer()));
  if (call === undefined) return new Response(`not ${calls.what} that this version knows`, { status: 400 });
  return new Response(replies.encode(await answer(call)));
}

/** For calls that may be made twice: asks again, after a longer pause each time. Undefined: all tries were in vain. */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer | undefined>,
  triesMax = Number.POSITIVE_INFINITY,
): Promise<Answer | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer !== undefined || tries >= triesMax) return answer;
    await scheduler.wait(Math.min(RETRY_MS * tries, RETRY_MS_MAX));
  }
}

/** Calls for each item, a few at a time; the replies in the order of the items. Once one throws, no more are begun. */
export async function callAll<Item, Result>(
  items: readonly Item[],
  what: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += CALLS_AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + CALLS_AT_ONCE).map(what))));
  return results;
}
