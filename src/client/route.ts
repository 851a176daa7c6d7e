/** The way from a shard to the group that serves it. */

import type { ReplicaPath } from '../replica/index.ts';
import { type ShardId, STORE_REPLY, type StoreReply, type WrongGroup } from '../shard/index.ts';
import type { Call, CallOutcome } from './call.ts';
import type { GroupCaller } from './group-caller.ts';

/** What the group that serves a shard answers. */
export type ServedReply = Exclude<StoreReply, WrongGroup>;

export interface Route {
  call(
    shard: ShardId,
    path: ReplicaPath,
    body: Uint8Array,
    timeoutMs: number,
  ): Call<CallOutcome<ServedReply>>;
  /** The group that is believed to serve the shard, if any is. */
  groupFor(shard: ShardId): GroupCaller | undefined;
}

/** All shards are one group's, for good. */
export class OneGroupRoute implements Route {
  readonly #group: GroupCaller;

  constructor(group: GroupCaller) {
    this.#group = group;
  }

  *call(
    _shard: ShardId,
    path: ReplicaPath,
    body: Uint8Array,
    timeoutMs: number,
  ): Call<CallOutcome<ServedReply>> {
    const outcome = readReply(yield* this.#group.untilAnswered(path, body, timeoutMs));
    if (outcome.type === 'failed') return outcome;
    const { result } = outcome;
    return result.type === 'wrong-group' ? unreadable : { ...outcome, result };
  }

  groupFor(): GroupCaller {
    return this.#group;
  }
}

/** A group of another version has answered, and may have executed what it was asked. */
const unreadable = { type: 'failed', reason: 'no-answer', mayBeExecuted: true } as const;

export function readReply(outcome: CallOutcome<Uint8Array>): CallOutcome<StoreReply> {
  if (outcome.type === 'failed') return outcome;
  const result = STORE_REPLY.tryDecode(outcome.result);
  return result === undefined ? unreadable : { ...outcome, result };
}
