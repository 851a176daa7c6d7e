import { decodeReplicaAnswer, type ReplicaAnswer } from '../src/protocol/index.ts';

/** What is asked of a replica or of the unreplicated server. */
export interface Call {
  /** One of REPLICA_PATHS. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** Undefined when there was no answer in time, or none that this code understands: it may have been executed. */
export async function ask(
  stub: DurableObjectStub,
  call: Call,
  timeoutMs: number,
): Promise<ReplicaAnswer | undefined> {
  const ending = new AbortController();
  // Not AbortSignal.timeout, which goes on when the answer is there: an object runs its timers one after the other, and
  // those of calls that are long answered would hold up the ones that matter by seconds.
  const timer = setTimeout(() => ending.abort(), timeoutMs);
  try {
    const response = await stub.fetch(`https://replica${call.path}`, {
      method: 'POST',
      body: call.body,
      signal: ending.signal,
    });
    const body = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? decodeReplicaAnswer(body) : undefined;
  } catch {
    // The object was reset, is overloaded or took too long: to the caller all the same, it tries elsewhere.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
