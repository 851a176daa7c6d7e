/**
 * Refusals that need no log. Once the log has refused a command, the leader looks at its own state before it proposes
 * the next one for that shard: while a shard is handed over its clients ask again and again, and each time would cost
 * the group an entry, and the client the wait for it.
 *
 * A refusal does nothing, and whom it names is a hint: so it may come from a state that is behind. An earlier attempt
 * that is still in the log is refused as well, since the freeze comes before it; or was executed before the freeze, and
 * then the new owner has its reply (H3).
 */

import type { Replica } from '../../src/replica/index.ts';
import type { ShardId, StoreAnswer, StoreQuery, StoreResult, WrongGroup } from '../../src/shard/index.ts';

type Executing = Pick<Replica<StoreResult, StoreQuery, StoreAnswer>, 'isLeader' | 'queryLocal'>;

export class Refusals {
  /** Shards of which the last command was refused. To look at the state for every command would cost all shards. */
  readonly #refused = new Set<ShardId>();

  /** The log has refused a command for this shard. */
  add(shard: ShardId): void {
    this.#refused.add(shard);
  }

  /** The answer to a command for this shard, if it is known that the log would refuse it. */
  find(replica: Executing, shard: ShardId): WrongGroup | undefined {
    if (!this.#refused.has(shard) || !replica.isLeader) return undefined;
    const outcome = replica.queryLocal({ type: 'refusal', shard });
    if (outcome.type === 'answered' && outcome.answer.type === 'wrong-group') return outcome.answer;
    this.#refused.delete(shard);
    return undefined;
  }
}
