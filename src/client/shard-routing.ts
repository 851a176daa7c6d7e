/**
 * What a client side believes of where shards are: a configuration as a hint, and detours. The groups decide; this
 * learns from their refusals. Whoever uses it bounds the hops.
 *
 * client.R1  A refusal is followed to the group that it names, unless that is the one that refused.
 * client.R2  A newer configuration replaces all that was believed; an older one nothing.
 * client.R3  A group that does not answer is no longer a detour, and a reason to look for a newer configuration: its shards
 *     may long be elsewhere.
 */

import {
  type Configuration,
  type GroupId,
  groupOf,
  NOBODY,
  type ShardId,
  type WrongGroup,
} from '../shard/index.ts';

/** What a group said instead of an answer, if it said anything. */
export type Refused = WrongGroup | { readonly type: 'no-answer' };

export class ShardRouting {
  /** Where a shard was last seen, if not where the configuration says: it is on its way. */
  readonly #detours = new Map<ShardId, GroupId>();
  #configuration: Configuration | undefined;

  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  /** Whom to ask. Nobody: no configuration is known, or it has no groups. */
  target(shard: ShardId): GroupId {
    const detour = this.#detours.get(shard);
    if (detour !== undefined) return detour;
    return this.#configuration === undefined ? NOBODY : groupOf(this.#configuration, shard);
  }

  /** client.R2 */
  learnConfiguration(latest: Configuration): void {
    if (latest.number <= this.#number) return;
    this.#configuration = latest;
    this.#detours.clear();
  }

  /** Whether to look for a newer configuration, before `learn`. */
  wantsConfiguration(refused: Refused): boolean {
    return refused.type === 'no-answer' || refused.configuration > this.#number;
  }

  learn(shard: ShardId, asked: GroupId, refused: Refused): void {
    this.#detours.delete(shard);
    if (refused.type === 'no-answer') return;
    const { owner } = refused;
    const isNews = owner !== NOBODY && owner !== asked && owner !== this.target(shard);
    if (isNews) this.#detours.set(shard, owner);
  }

  get #number(): number {
    return this.#configuration?.number ?? 0;
  }
}
