/**
 * Refusals that need no log. Once the log has refused a command, the leader looks at its own state before it proposes
 * the next one for that shard: while a shard is handed over its clients ask again and again, and each time would cost
 * the group an entry, and the client the wait for it.
 *
 * A refusal does nothing, and whom it names is a hint: so it may come from a state that is behind. It says nothing of
 * earlier attempts, which may be in a log before the freeze, or after the arrival: whoever had no answer to one of them
 * must keep that in mind, and finds its reply, if there is one, where the shard is served (shard.H3).
 */

import type { ShardId } from './configuration.ts';
import type { WrongGroup } from './store-wire.ts';

/** A replica of the group that is asked. */
export interface RefusingReplica {
  readonly isLeader: boolean;
  /** What a command for this shard would be answered by the replica's own state; undefined if it would be executed. */
  refusal(shard: ShardId): WrongGroup | undefined;
}

export class Refusals {
  /** Shards of which the last command was refused. To look at the state for every command would cost all shards. */
  readonly #refused = new Set<ShardId>();

  /** The log has refused a command for this shard. */
  add(shard: ShardId): void {
    this.#refused.add(shard);
  }

  /** The answer to a command for this shard, if it is known that the log would refuse it. */
  find(replica: RefusingReplica, shard: ShardId): WrongGroup | undefined {
    if (!this.#refused.has(shard) || !replica.isLeader) return undefined;
    const refusal = replica.refusal(shard);
    if (refusal === undefined) this.#refused.delete(shard);
    return refusal;
  }
}
