/** Asks the controller's group, and forms the cluster if there is none yet. */

import { type Change, decodeOutcome, encodeCommand, LATEST, type Outcome } from '../src/controller/index.ts';
import { REPLICA_PATHS } from '../src/protocol/index.ts';
import {
  asGroupId,
  type Configuration,
  decodeConfiguration,
  type GroupId,
  type GroupInfo,
} from '../src/shard/index.ts';
import type { Env } from './env.ts';
import { GroupClient } from './group-client.ts';
import { CONTROLLER, firstReplicas, formatReplicaName, storeGroupName } from './objects/replica-name.ts';

export class ControllerClient {
  readonly #env: Env;
  readonly #group: GroupClient;

  constructor(env: Env) {
    this.#env = env;
    this.#group = new GroupClient(env, CONTROLLER);
  }

  /** Undefined when the controller does not answer. A number that there is not (yet) gives the latest. */
  async configuration(number: number, timeoutMs: number): Promise<Configuration | undefined> {
    const body = new TextEncoder().encode(String(number));
    const answer = await this.#group.untilAnswered({ path: REPLICA_PATHS.query, body }, timeoutMs);
    return answer.type === 'done' ? decodeConfiguration(answer.result) : undefined;
  }

  /** The latest configuration; of a cluster that nobody has used yet, the one that its first groups make. */
  async latest(timeoutMs: number): Promise<Configuration | undefined> {
    const known = await this.configuration(LATEST, timeoutMs);
    if (known === undefined || known.number > 0) return known;
    const groups = new Map(this.#env.FIRST_GROUPS.map((group) => groupEntry(this.#env, asGroupId(group))));
    const outcome = await this.change({ type: 'join', groups }, timeoutMs);
    // Whoever else came first has asked for the same.
    if (outcome?.type === 'configured') return outcome.configuration;
    return this.configuration(LATEST, timeoutMs);
  }

  /** Undefined when the outcome is unknown. A client of its own for each change: resends within are executed once. */
  async change(change: Change, timeoutMs: number): Promise<Outcome | undefined> {
    const body = encodeCommand({ client: crypto.randomUUID(), sequence: 1, change });
    const answer = await this.#group.untilAnswered({ path: REPLICA_PATHS.command, body }, timeoutMs);
    return answer.type === 'done' ? decodeOutcome(answer.result) : undefined;
  }
}

/** A store group, as a configuration names it. */
export function groupEntry(env: Env, group: GroupId): readonly [GroupId, GroupInfo] {
  const name = storeGroupName(group);
  return [group, { replicas: firstReplicas(env).map((id) => formatReplicaName({ group: name, id })) }];
}
