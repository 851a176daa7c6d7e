import { decodeCommandResult, decodeQueryResult, encodeCommand, type Session } from '../src/kv/index.ts';
import { REPLICA_PATHS, type ReplicaAnswer } from '../src/protocol/index.ts';
import { ask } from './ask.ts';
import type { KvBackend, ReadOutcome, ReadRequest, WriteOutcome, WriteRequest } from './backend.ts';
import { Backoff } from './backoff.ts';
import { ClientPool } from './client-pool.ts';
import type { Env } from './env.ts';

const OBJECT_NAME = 'solo';
const RETRY_AFTER_MS = 1000;

/** The unreplicated server, asked again until it answers or the deadline has passed. */
export class Solo implements KvBackend {
  readonly #env: Env;
  readonly #clients = new ClientPool();

  constructor(env: Env) {
    this.#env = env;
  }

  async write({ command, session }: WriteRequest): Promise<WriteOutcome> {
    const send = async (used: Session): Promise<WriteOutcome> => {
      const answer = await this.#ask(REPLICA_PATHS.command, encodeCommand({ session: used, command }));
      const result = answer === undefined ? undefined : decodeCommandResult(answer.result);
      if (result === undefined) return unavailable('unknown');
      return { type: 'answer', result, index: undefined };
    };
    return session === undefined ? this.#clients.withSession(send) : send(session);
  }

  async read({ query }: ReadRequest): Promise<ReadOutcome> {
    const answer = await this.#ask(REPLICA_PATHS.query, new TextEncoder().encode(query.key));
    const result = answer === undefined ? undefined : decodeQueryResult(answer.result);
    if (result === undefined) return unavailable('not-executed');
    return { type: 'answer', result, index: undefined, ageMs: undefined };
  }

  async #ask(path: string, body: Uint8Array): Promise<Extract<ReplicaAnswer, { type: 'done' }> | undefined> {
    const deadlineMs = Date.now() + this.#env.REQUEST_DEADLINE_MS;
    const backoff = new Backoff();
    for (let leftMs = this.#env.REQUEST_DEADLINE_MS; leftMs > 0; leftMs = deadlineMs - Date.now()) {
      const id = this.#env.KV_SERVER.idFromName(OBJECT_NAME);
      const stub = this.#env.KV_SERVER.get(id, { retry: { maxRetries: 0 } });
      const answer = await ask(stub, { path, body }, leftMs);
      if (answer?.type === 'done') return answer;
      await backoff.pause();
    }
    return undefined;
  }
}

function unavailable(outcome: 'unknown' | 'not-executed') {
  return { type: 'unavailable', reason: 'timeout', outcome, retryAfterMs: RETRY_AFTER_MS } as const;
}
