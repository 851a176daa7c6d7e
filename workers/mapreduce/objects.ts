/** How the objects of a job call each other, and answer. */
import type { Codec } from '../../src/codec/index.ts';
import type { Shuffle } from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { retried } from './calling.ts';
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
const FETCHES_MAX = 3;

/**
 * One call, one attempt, on a fresh stub: the runtime's own retries are off, for a job has better ones. Undefined:
 * there was no answer, and nobody knows whether the call arrived.
 */
export async function callCoordinator(
  { MAPREDUCE_COORDINATOR: coordinators }: Env,
  job: string,
  call: CoordinatorCall,
): Promise<CoordinatorReply | undefined> {
  const reply = await post(coordinators, job, COORDINATOR_CALL.encode(call));
  return reply && COORDINATOR_REPLY.tryDecode(reply);
}

export async function callWorker(
  { MAPREDUCE_WORKER: workers }: Env,
  worker: string,
  call: WorkerCall,
): Promise<WorkerReply | undefined> {
  const reply = await post(workers, worker, WORKER_CALL.encode(call));
  return reply && WORKER_REPLY.tryDecode(reply);
}

async function post(
  objects: DurableObjectNamespace,
  name: string,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  const stub = objects.get(objects.idFromName(name), { retry: { maxRetries: 0 } });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await stub.fetch('https://mapreduce/', { method: 'POST', body, signal });
    // Also where it is of no use: a body that nobody reads keeps its object busy.
    const reply = new Uint8Array(await response.arrayBuffer());
    return response.ok ? reply : undefined;
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
  if (call === undefined) return new Response(`this is not ${calls.what} of this version`, { status: 400 });
  return new Response(replies.encode(await answer(call)));
}

/** Reads from the objects of other workers. Only one that is asked in vain several times is taken for gone. */
export function remoteShuffle(env: Env): Shuffle {
  return {
    fetch: async (request) => {
      const reply = await retried(FETCHES_MAX, () =>
        callWorker(env, request.source.worker, { type: 'chunk', request }),
      );
      return reply?.type === 'chunk' ? reply.reply : { type: 'missing' };
    },
  };
}
