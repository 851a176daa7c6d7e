/**
 * Sends each request to the group that serves its shard. The configuration it holds is a hint: the groups decide, a
 * refusal names the group to try next and the configuration to look at, and hops are counted, so that a client is
 * never sent round in circles.
 */

import {
  decodeCommandResult,
  decodeQueryResult,
  decodeScanResult,
  encodeCommand,
  encodeScanQuery,
  type ScanQuery,
  type ScanResult,
  type Session,
} from '../src/kv/index.ts';
import {
  encodeLocalQuery,
  type LocalQuery,
  REPLICA_PATHS,
  type ReplicaAnswer,
} from '../src/protocol/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  createShardOf,
  type GroupId,
  groupIdsOf,
  NOBODY,
  type Refused,
  type ShardId,
  type ShardOf,
  ShardRouting,
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
import { Backoff, EAGER_GROWTH } from './backoff.ts';
import { ClientPool } from './client-pool.ts';
import { ControllerClient } from './controller-client.ts';
import type { Env } from './env.ts';
import { type GroupAnswer, GroupClient } from './group-client.ts';
import { storeGroupName } from './objects/replica-name.ts';

type Done = Extract<ReplicaAnswer, { type: 'done' }>;

/** Groups asked for one request. A shard that is being handed over may need a few; many mean that something is wrong. */
const HOPS_MAX = 48;
/** Hops that follow a refusal at once; later ones wait, since a shard may be on its way. */
const EAGER_HOPS_MAX = 2;
const RETRY_AFTER_MS = 1000;

const NO_ANSWER: GroupAnswer = { type: 'no-answer', mayBeExecuted: false };

export class Router implements KvBackend {
  readonly controller: ControllerClient;
  readonly #env: Env;
  readonly #shardOf: ShardOf;
  readonly #clients = new ClientPool();
  readonly #groups = new Map<GroupId, GroupClient>();
  readonly #routing = new ShardRouting();

  constructor(env: Env) {
    this.#env = env;
    this.#shardOf = createShardOf(env.SHARDS);
    this.controller = new ControllerClient(env);
  }

  async write({ command, session }: WriteRequest): Promise<WriteOutcome> {
    const send = async (used: Session): Promise<WriteOutcome> => {
      const call = { path: REPLICA_PATHS.command, body: encodeCommand({ session: used, command }) };
      const answer = await this.#route(this.#shardOf(command.key), call);
      if (answer.type !== 'done') return answer;
      const result = decodeCommandResult(answer.result);
      if (result === undefined) throw new Error('a replica answered a command in an unknown format');
      return { type: 'answer', result, index: answer.index };
    };
    return session === undefined ? this.#clients.withSession(send) : send(session);
  }

  async read({ query, consistency, minIndex }: ReadRequest): Promise<ReadOutcome> {
    if (consistency === 'stale') {
      const local = await this.#readAnywhere({ key: query.key, minIndex: minIndex ?? 0 });
      if (local !== undefined) return local;
    }
    // A linearizable read includes whatever index the caller has seen.
    const body = new TextEncoder().encode(query.key);
    const answer = await this.#route(this.#shardOf(query.key), { path: REPLICA_PATHS.query, body });
    return answer.type === 'done' ? readAnswer(answer) : answer;
  }

  /** Undefined when the replica that was asked cannot answer: it is behind, gone, or the shard is elsewhere. */
  async #readAnywhere(query: LocalQuery): Promise<ReadOutcome | undefined> {
    const owner = this.#routing.target(this.#shardOf(query.key));
    if (owner === NOBODY) return undefined;
    const call = { path: REPLICA_PATHS.localQuery, body: encodeLocalQuery(query) };
    const answer = await this.group(owner).askAnyone(call, this.#env.REPLY_TIMEOUT_MS);
    return answer?.type === 'done' ? readAnswer(answer) : undefined;
  }

  /** A page of one shard. */
  async scan(query: ScanQuery): Promise<ScanResult | Unavailable | Overloaded> {
    const call = { path: REPLICA_PATHS.scan, body: encodeScanQuery(query) };
    const answer = await this.#route(asShardId(query.shard), call);
    if (answer.type !== 'done') return answer;
    const result = decodeScanResult(answer.result);
    if (result === undefined) throw new Error('a replica answered a scan in an unknown format');
    return result;
  }

  /** The newest configuration there is; undefined when the controller does not answer. */
  configuration(): Promise<Configuration | undefined> {
    return this.#lookUp(this.#env.REQUEST_DEADLINE_MS);
  }

  async #lookUp(timeoutMs: number): Promise<Configuration | undefined> {
    const latest = await this.controller.latest(timeoutMs);
    if (latest !== undefined) this.#routing.learnConfiguration(latest);
    return latest;
  }

  group(group: GroupId): GroupClient {
    const client = this.#groups.get(group) ?? new GroupClient(this.#env, storeGroupName(group));
    this.#groups.set(group, client);
    return client;
  }

  /** The groups to ask about the state of the cluster. */
  async knownGroups(): Promise<readonly GroupId[]> {
    const configuration = this.#routing.configuration ?? (await this.configuration());
    return configuration === undefined ? [] : groupIdsOf(configuration.groups);
  }

  async #route(shard: ShardId, call: Call): Promise<Done | Unavailable | Overloaded> {
    const deadlineMs = Date.now() + this.#env.REQUEST_DEADLINE_MS;
    const backoff = new Backoff(EAGER_GROWTH);
    let mayBeExecuted = false;
    for (let hop = 0; hop < HOPS_MAX && Date.now() < deadlineMs; hop += 1) {
      if (hop > EAGER_HOPS_MAX) await backoff.pause();
      const answer = await this.#askOwner(shard, call, deadlineMs);
      if (answer.type === 'done') return answer;
      if (answer.type !== 'overloaded') mayBeExecuted ||= answer.mayBeExecuted;
      else if (!mayBeExecuted) return { type: 'overloaded', retryAfterMs: RETRY_AFTER_MS };
    }
    const outcome = mayBeExecuted && call.path === REPLICA_PATHS.command ? 'unknown' : 'not-executed';
    return { type: 'unavailable', reason: 'no-leader', outcome, retryAfterMs: RETRY_AFTER_MS };
  }

  /** Who knows of no owner yet takes that for an answer that did not come, and looks for a configuration. */
  async #askOwner(shard: ShardId, call: Call, deadlineMs: number): Promise<GroupAnswer> {
    const owner = this.#routing.target(shard);
    const answer =
      owner === NOBODY
        ? NO_ANSWER
        : await this.group(owner).untilAnswered(call, this.#patienceMs(deadlineMs));
    if (answer.type === 'done' || answer.type === 'overloaded') return answer;
    const refused: Refused =
      answer.type === 'wrong-group' ? { ...answer, owner: asGroupId(answer.owner) } : answer;
    if (this.#routing.wantsConfiguration(refused)) await this.#lookUp(Math.max(0, deadlineMs - Date.now()));
    this.#routing.learn(shard, owner, refused);
    return answer;
  }

  /** A group that is gone must not use up all the time there is: its shards may be elsewhere. */
  #patienceMs(deadlineMs: number): number {
    const leftMs = Math.max(0, deadlineMs - Date.now());
    return Math.min(leftMs, Math.max(leftMs / 2, this.#env.REPLY_TIMEOUT_MS));
  }
}

function readAnswer({ result, index, ageMsMax }: Done): ReadOutcome {
  const decoded = decodeQueryResult(result);
  if (decoded === undefined) throw new Error('a replica answered a query in an unknown format');
  return { type: 'answer', result: decoded, index, ageMs: ageMsMax };
}
