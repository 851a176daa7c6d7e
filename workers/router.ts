/**
 * Finds the replica that can answer, and goes on until one does or the deadline has passed. What it believes of the
 * group is a hint: the group decides, and a wrong guess is answered with a better one.
 */

import { decodeCommandResult, decodeQueryResult, encodeCommand, type Session } from '../src/kv/index.ts';
import { REPLICA_PATHS, type ReplicaAnswer } from '../src/protocol/index.ts';
import { asReplicaId, type ReplicaId } from '../src/raft/index.ts';
import { ask, type Call } from './ask.ts';
import type {
  KvBackend,
  Overloaded,
  ReadOutcome,
  ReadRequest,
  Unavailable,
  WriteOutcome,
  WriteRequest,
} from './backend.ts';
import { Backoff } from './backoff.ts';
import { ClientPool } from './client-pool.ts';
import type { Env } from './env.ts';
import { FIRST_GROUP, replicaStub } from './objects/replica-stub.ts';

type Done = Extract<ReplicaAnswer, { type: 'done' }>;

const RETRY_AFTER_MS = 1000;
/** Redirects that are followed without a pause. Two replicas may each believe that the other leads. */
const EAGER_REDIRECTS_MAX = 2;

export class Router implements KvBackend {
  readonly #env: Env;
  readonly #clients = new ClientPool();
  #leader: ReplicaId = asReplicaId(1);

  constructor(env: Env) {
    this.#env = env;
  }

  async write({ command, session }: WriteRequest): Promise<WriteOutcome> {
    const send = async (used: Session): Promise<WriteOutcome> => {
      const body = encodeCommand({ session: used, command });
      const answer = await this.#untilAnswered({ path: REPLICA_PATHS.command, body });
      if (answer.type !== 'done') return answer;
      const result = decodeCommandResult(answer.result);
      if (result === undefined) throw new Error('a replica answered a command in an unknown format');
      return { type: 'answer', result, index: answer.index };
    };
    return session === undefined ? this.#clients.withSession(send) : send(session);
  }

  async read({ query, consistency, minIndex }: ReadRequest): Promise<ReadOutcome> {
    const body = new TextEncoder().encode(query.key);
    if (consistency === 'stale') {
      const local = await this.#askAnyone({ path: REPLICA_PATHS.localQuery, body });
      if (local !== undefined && local.index >= (minIndex ?? 0)) return readAnswer(local);
    }
    const answer = await this.#untilAnswered({ path: REPLICA_PATHS.query, body });
    return answer.type === 'done' ? readAnswer(answer) : answer;
  }

  /** What each replica says of itself, or why it says nothing. */
  async status(): Promise<unknown> {
    const statuses = this.#replicas.map((id) => this.#statusOf(id));
    return { groups: [{ name: FIRST_GROUP, replicas: await Promise.all(statuses) }] };
  }

  get #replicas(): readonly ReplicaId[] {
    return Array.from({ length: this.#env.REPLICAS_PER_GROUP }, (_, slot) => asReplicaId(slot + 1));
  }

  async #untilAnswered(call: Call): Promise<Done | Unavailable | Overloaded> {
    const deadlineMs = Date.now() + this.#env.REQUEST_DEADLINE_MS;
    const backoff = new Backoff();
    let eagerRedirects = 0;
    let mayBeExecuted = false;
    for (let leftMs = this.#env.REQUEST_DEADLINE_MS; leftMs > 0; leftMs = deadlineMs - Date.now()) {
      const target = this.#leader;
      const answer = await ask(this.#stub(target), call, leftMs);
      if (answer?.type === 'done') return answer;
      if (answer?.type === 'overloaded' && !mayBeExecuted)
        return { type: 'overloaded', retryAfterMs: RETRY_AFTER_MS };
      if (answer === undefined || answer.type === 'unknown')
        mayBeExecuted = call.path === REPLICA_PATHS.command;
      const redirected = this.#follow(target, answer);
      if (redirected && eagerRedirects < EAGER_REDIRECTS_MAX) eagerRedirects += 1;
      else await backoff.pause();
    }
    const outcome = mayBeExecuted ? 'unknown' : 'not-executed';
    return { type: 'unavailable', reason: 'no-leader', outcome, retryAfterMs: RETRY_AFTER_MS };
  }

  /** Moves the hint on, unless another request has done so meanwhile. Returns whether somebody is known to lead. */
  #follow(asked: ReplicaId, answer: ReplicaAnswer | undefined): boolean {
    const hint = answer !== undefined && 'leader' in answer ? answer.leader : undefined;
    if (hint !== undefined && hint !== asked) {
      this.#leader = hint;
      return true;
    }
    if (this.#leader !== asked) return true;
    this.#leader = asReplicaId((asked % this.#env.REPLICAS_PER_GROUP) + 1);
    return false;
  }

  async #askAnyone(call: Call): Promise<Done | undefined> {
    const anyone = this.#replicas[Math.floor(Math.random() * this.#replicas.length)] ?? this.#leader;
    const answer = await ask(this.#stub(anyone), call, this.#env.REPLY_TIMEOUT_MS);
    return answer?.type === 'done' ? answer : undefined;
  }

  async #statusOf(id: ReplicaId): Promise<unknown> {
    try {
      const signal = AbortSignal.timeout(this.#env.REPLY_TIMEOUT_MS);
      const response = await this.#stub(id).fetch(`https://replica${REPLICA_PATHS.status}`, { signal });
      return await response.json();
    } catch (error) {
      return { id, role: 'unreachable', reason: String(error) };
    }
  }

  #stub(id: ReplicaId): DurableObjectStub {
    return replicaStub(this.#env, { group: FIRST_GROUP, id });
  }
}

function readAnswer({ result, index }: Done): ReadOutcome {
  const decoded = decodeQueryResult(result);
  if (decoded === undefined) throw new Error('a replica answered a query in an unknown format');
  return { type: 'answer', result: decoded, index, ageMs: undefined };
}
