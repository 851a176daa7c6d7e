/**
 * Sends each request to the group that serves its shard. The configuration it holds is a hint: the groups decide, a
 * refusal names the group to try next and the configuration to look at, and hops are counted, so that a client is never
 * sent round in circles.
 *
 * client.S1  An outcome says `mayBeExecuted` if any group had an attempt of which that holds, whatever refused later.
 */

import type { ReplicaPath } from '../replica/index.ts';
import { type Configuration, type GroupId, NOBODY, type ShardId, type StoreReply } from '../shard/index.ts';
import { Backoff, EAGER_GROWTH } from './backoff.ts';
import type { Call, CallOutcome, CallPort, Unanswered } from './call.ts';
import type { ControllerClient } from './controller-client.ts';
import { GroupCaller } from './group-caller.ts';
import { type Route, readReply, type ServedReply } from './route.ts';
import { type Refused, ShardRouting } from './shard-routing.ts';

/**
 * Groups asked for one request that has a deadline. A shard that is being handed over may need a few; many mean that
 * something is wrong.
 */
const HOPS_MAX = 48;
/** Hops that follow a refusal at once; later ones wait, since a shard may be on its way. */
const EAGER_HOPS_MAX = 2;

export interface ShardRouterOptions {
  readonly port: CallPort;
  readonly controller: ControllerClient;
  /** The names of a store group's replicas, by rising id. */
  readonly replicasOf: (group: GroupId) => readonly string[];
  /** How many shards this side believes that there are. */
  readonly shardCount: number;
  /** With one group at least, before looking whether the shard is elsewhere. */
  readonly patienceMs: number;
}

export class ShardRouter implements Route {
  readonly #options: ShardRouterOptions;
  readonly #groups = new Map<GroupId, GroupCaller>();
  readonly #routing = new ShardRouting();

  constructor(options: ShardRouterOptions) {
    this.#options = options;
  }

  /** The newest configuration there is; undefined when the controller does not answer. */
  *lookUp(timeoutMs: number): Call<Configuration | undefined> {
    const latest = yield* this.#options.controller.latest(timeoutMs);
    if (latest !== undefined) this.#routing.learnConfiguration(latest);
    return latest;
  }

  /** The configuration that this router knows. */
  get configuration(): Configuration | undefined {
    return this.#routing.configuration;
  }

  groupFor(shard: ShardId): GroupCaller | undefined {
    const owner = this.#routing.target(shard);
    return owner === NOBODY ? undefined : this.#group(owner);
  }

  *call(
    shard: ShardId,
    path: ReplicaPath,
    body: Uint8Array,
    timeoutMs: number,
  ): Call<CallOutcome<ServedReply>> {
    const { port } = this.#options;
    const deadlineMs = port.nowMs() + timeoutMs;
    const backoff = new Backoff(port, EAGER_GROWTH);
    let mayBeExecuted = false;
    let why: Unanswered | undefined;
    const hopsMax = Number.isFinite(deadlineMs) ? HOPS_MAX : Number.POSITIVE_INFINITY;
    for (let hop = 0; hop < hopsMax && port.nowMs() < deadlineMs; hop += 1) {
      if (hop > EAGER_HOPS_MAX) yield backoff.next(deadlineMs - port.nowMs());
      why = this.#otherShardCount() ?? why;
      if (why?.type === 'shard-count') break;
      const owner = this.#routing.target(shard);
      const outcome = yield* this.#ask(owner, path, body, deadlineMs - port.nowMs());
      mayBeExecuted ||= outcome?.mayBeExecuted === true;
      let refused: Refused = { type: 'no-answer' };
      if (outcome?.type === 'answered') {
        const { result } = outcome;
        if (result.type !== 'wrong-group') return { ...outcome, result, mayBeExecuted };
        refused = result;
        why = { type: 'shard-moving', shard, group: owner };
      } else if (isRefusal(outcome)) {
        if (isFinal(outcome, mayBeExecuted)) return { ...outcome, mayBeExecuted };
        continue;
      } else {
        why = whyNot(owner, outcome);
      }
      if (this.#routing.wantsConfiguration(refused)) {
        yield* this.lookUp(this.#patienceMs(deadlineMs - port.nowMs()));
      }
      this.#routing.learn(shard, owner, refused);
    }
    return { type: 'failed', reason: 'no-answer', mayBeExecuted, why };
  }

  /** Settings that contradict the configuration: it is said at once, since no answer would be right. */
  #otherShardCount(): Unanswered | undefined {
    const { shardCount: set } = this.#options;
    const made = this.configuration?.shards.length ?? set;
    return made === set ? undefined : { type: 'shard-count', made, set };
  }

  /** Undefined as long as nobody is known to serve the shard. */
  *#ask(
    owner: GroupId,
    path: ReplicaPath,
    body: Uint8Array,
    leftMs: number,
  ): Call<CallOutcome<StoreReply> | undefined> {
    if (owner === NOBODY) return undefined;
    return readReply(yield* this.#group(owner).untilAnswered(path, body, this.#patienceMs(leftMs)));
  }

  /**
   * A group that is gone must not use up all the time there is, since its shards may be elsewhere; nor the controller,
   * since the group may be back. Of time without end, half would be as much.
   */
  #patienceMs(leftMs: number): number {
    const halfMs = Number.isFinite(leftMs) ? Math.ceil(leftMs / 2) : 0;
    return Math.min(Math.max(leftMs, 0), Math.max(halfMs, this.#options.patienceMs));
  }

  #group(group: GroupId): GroupCaller {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    // A group is where its configuration says, and not where this deployment would put a new one.
    const named = this.configuration?.groups.get(group)?.replicas ?? [];
    const replicas = named.length > 0 ? named : this.#options.replicasOf(group);
    const caller = new GroupCaller(replicas, this.#options.port);
    this.#groups.set(group, caller);
    return caller;
  }
}

/** The group has said no, and there is nothing to look for elsewhere. */
function isRefusal<Outcome extends { readonly reason: string }>(
  outcome: Outcome | undefined,
): outcome is Exclude<Outcome, { readonly reason: 'no-answer' }> {
  return outcome !== undefined && outcome.reason !== 'no-answer';
}

function whyNot(owner: GroupId, outcome: CallOutcome<StoreReply> | undefined): Unanswered {
  if (owner === NOBODY) return { type: 'controller-silent' };
  if (outcome?.type === 'failed' && outcome.reason === 'no-answer' && outcome.why?.type === 'shard-count') {
    return outcome.why;
  }
  const isHeard = outcome?.type === 'failed' && outcome.reason === 'no-answer' && outcome.why !== undefined;
  return { type: isHeard ? 'no-leader' : 'group-silent', group: owner };
}

/** Where there is no room, there is none for another attempt. One that was executed would be found by going on. */
function isFinal({ reason }: { readonly reason: string }, mayBeExecuted: boolean): boolean {
  return reason === 'storage-full' || !mayBeExecuted;
}
