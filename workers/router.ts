/**
 * Sends each request to the group that serves its shard. The configuration it holds is a hint: the groups decide, a
 * refusal names the group to try next and the configuration to look at, and hops are counted, so that a client is
 * never sent round in circles.
 */

import { decodeCommandResult, decodeQueryResult, encodeCommand, type Session } from '../src/kv/index.ts';
import { REPLICA_PATHS, type ReplicaAnswer } from '../src/protocol/index.ts';
import {
  asGroupId,
  type Configuration,
  createShardOf,
  type GroupId,
  groupIdsOf,
  groupOf,
  NOBODY,
  type ShardId,
  type ShardOf,
} from '../src/shard/index.ts';
import type { Call } from './ask.ts';
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
import { ControllerClient } from './controller-client.ts';
import type { Env } from './env.ts';
import { type GroupAnswer, GroupClient } from './group-client.ts';
import { storeGroupName } from './objects/replica-name.ts';

type Done = Extract<ReplicaAnswer, { type: 'done' }>;

/** Groups asked for one request. A shard that is being handed over may need a few; many mean that something is wrong. */
const HOPS_MAX = 32;
/** Hops that follow a refusal at once; later ones wait, since a shard may be on its way. */
const EAGER_HOPS_MAX = 2;
const RETRY_AFTER_MS = 1000;

export class Router implements KvBackend {
  readonly controller: ControllerClient;
  readonly #env: Env;
  readonly #shardOf: ShardOf;
  readonly #clients = new ClientPool();
  readonly #groups = new Map<GroupId, GroupClient>();
  /** Where a shard was last found, if not where the configuration says: it is on its way. */
  readonly #detours = new Map<ShardId, GroupId>();
  #configuration: Configuration | undefined;

  constructor(env: Env) {
    this.#env = env;
    this.#shardOf = createShardOf(env.SHARDS);
    this.controller = new ControllerClient(env);
  }

  async write({ command, session }: WriteRequest): Promise<WriteOutcome> {
    const send = async (used: Session): Promise<WriteOutcome> => {
      const call = { path: REPLICA_PATHS.command, body: encodeCommand({ session: used, command }) };
      const answer = await this.#route(command.key, call);
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
      const owner = this.#target(this.#shardOf(query.key));
      const call = { path: REPLICA_PATHS.localQuery, body };
      const local =
        owner === NOBODY ? undefined : await this.group(owner).askAnyone(call, this.#env.REPLY_TIMEOUT_MS);
      if (local?.type === 'done' && local.index >= (minIndex ?? 0)) return readAnswer(local);
    }
    const answer = await this.#route(query.key, { path: REPLICA_PATHS.query, body });
    return answer.type === 'done' ? readAnswer(answer) : answer;
  }

  /** The newest configuration there is; undefined when the controller does not answer. */
  async configuration(): Promise<Configuration | undefined> {
    const latest = await this.controller.latest(this.#env.REQUEST_DEADLINE_MS);
    if (latest !== undefined && latest.number > (this.#configuration?.number ?? 0)) {
      this.#configuration = latest;
      this.#detours.clear();
    }
    return latest;
  }

  group(group: GroupId): GroupClient {
    const client = this.#groups.get(group) ?? new GroupClient(this.#env, storeGroupName(group));
    this.#groups.set(group, client);
    return client;
  }

  /** The groups to ask about the state of the cluster. */
  async knownGroups(): Promise<readonly GroupId[]> {
    const configuration = this.#configuration ?? (await this.configuration());
    return configuration === undefined ? [] : groupIdsOf(configuration.groups);
  }

  async #route(key: string, call: Call): Promise<Done | Unavailable | Overloaded> {
    const shard = this.#shardOf(key);
    const deadlineMs = Date.now() + this.#env.REQUEST_DEADLINE_MS;
    const backoff = new Backoff();
    let mayBeExecuted = false;
    for (let hop = 0; hop < HOPS_MAX && Date.now() < deadlineMs; hop += 1) {
      if (hop > EAGER_HOPS_MAX) await backoff.pause();
      const answer = await this.#askOwner(shard, call, deadlineMs - Date.now());
      if (answer.type === 'done') return answer;
      if (answer.type === 'overloaded' && !mayBeExecuted)
        return { type: 'overloaded', retryAfterMs: RETRY_AFTER_MS };
      if (answer.type === 'no-answer') mayBeExecuted ||= answer.mayBeExecuted;
    }
    const outcome = mayBeExecuted && call.path === REPLICA_PATHS.command ? 'unknown' : 'not-executed';
    return { type: 'unavailable', reason: 'no-leader', outcome, retryAfterMs: RETRY_AFTER_MS };
  }

  async #askOwner(shard: ShardId, call: Call, timeoutMs: number): Promise<GroupAnswer> {
    if (this.#configuration === undefined) await this.configuration();
    const owner = this.#target(shard);
    if (owner === NOBODY) return { type: 'no-answer', mayBeExecuted: false };
    const answer = await this.group(owner).untilAnswered(call, timeoutMs);
    if (answer.type !== 'done') await this.#learn(shard, owner, answer);
    return answer;
  }

  /** Nobody: no configuration is known, or the cluster has no groups. */
  #target(shard: ShardId): GroupId {
    const detour = this.#detours.get(shard);
    if (detour !== undefined) return detour;
    return this.#configuration === undefined ? NOBODY : groupOf(this.#configuration, shard);
  }

  async #learn(shard: ShardId, asked: GroupId, answer: GroupAnswer): Promise<void> {
    this.#detours.delete(shard);
    if (answer.type !== 'wrong-group') return;
    const known = this.#configuration?.number ?? 0;
    if (answer.configuration > known) await this.configuration();
    const owner = asGroupId(answer.owner);
    if (owner !== NOBODY && owner !== asked && owner !== this.#target(shard)) this.#detours.set(shard, owner);
  }
}

function readAnswer({ result, index }: Done): ReadOutcome {
  const decoded = decodeQueryResult(result);
  if (decoded === undefined) throw new Error('a replica answered a query in an unknown format');
  return { type: 'answer', result: decoded, index, ageMs: undefined };
}
