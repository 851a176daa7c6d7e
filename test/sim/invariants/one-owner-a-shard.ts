import { type GroupId, readShardStates, type ShardId, type ShardState } from '../../../src/shard/index.ts';
import type { Row, RowChanges } from '../../../src/storage/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** Rows that say what a group knows of shards (src/shard/shard-state.ts). */
const GROUP_ROWS = 'group/shard/';
/** More than an entry holds. */
const COMMANDS_MAX = 1024;

interface Owned {
  /** How far this was applied: entries, and of the next one a fraction by its commands. */
  readonly applied: number;
  readonly served: ReadonlySet<ShardId>;
  /** Frozen: the last changes may not have come to the new owner. */
  readonly handedOver: ReadonlySet<ShardId>;
}

/** Which shards each group serves, by the replica of it that has applied most. */
export class ShardOwners {
  readonly #groups = new Map<GroupId, Owned>();
  /** What these have counts no more, whatever they believe. */
  readonly #lost = new Set<GroupId>();
  readonly #onLate: (shard: ShardId) => void;

  /** `onLate`: a lost group that is back, and does not know it yet, has got the shard from whoever did not know it either. */
  constructor(onLate: (shard: ShardId) => void = () => {}) {
    this.#onLate = onLate;
  }

  /** Returns what is wrong. */
  applied(group: GroupId, owned: Owned): string | undefined {
    const { applied, served } = owned;
    if (this.#lost.has(group)) {
      for (const shard of served) this.#onLate(shard);
      return undefined;
    }
    const known = this.#groups.get(group);
    if (known !== undefined && known.applied >= applied) return undefined;
    this.#groups.set(group, owned);
    for (const [other, { served: servedThere }] of this.#groups) {
      const shard = [...served].find((each) => other !== group && servedThere.has(each));
      if (shard !== undefined) return `shard ${shard} is served by group ${other} and by group ${group}`;
    }
    return undefined;
  }

  /** The group is gone. Returns the shards of which nobody else has all that was acknowledged. */
  lose(group: GroupId): ReadonlySet<ShardId> {
    const { served, handedOver } = this.#groups.get(group) ?? { served: [], handedOver: [] };
    this.#lost.add(group);
    this.#groups.delete(group);
    const arrived = [...this.#groups.values()].flatMap((each) => [...each.served]);
    return new Set([...served, ...[...handedOver].filter((shard) => !arrived.includes(shard))]);
  }
}

/** At most one group serves a shard (H2 of src/shard/sharded-store.ts). */
export class OneOwnerAShard implements Invariant {
  readonly name = 'one owner a shard';
  readonly #owners: ShardOwners;
  readonly #group: GroupId;
  readonly #lives = new WeakMap<Life, MemoryTable>();

  constructor(owners: ShardOwners, group: GroupId) {
    this.#owners = owners;
    this.#group = group;
  }

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'opened':
        return this.#replaced(observation.life, observation.rows, view);
      case 'written': {
        const { life, turn, installed } = observation;
        if (installed !== undefined) return this.#replaced(life, installed, view);
        return turn.applied && this.#changed(life, turn.applied.changes, view);
      }
      default:
        return undefined;
    }
  }

  #replaced(life: Life, rows: readonly Row[], view: ClusterView): string | undefined {
    const table = new MemoryTable();
    for (const { key, value } of rows) if (key.startsWith(GROUP_ROWS)) table.put(key, value);
    this.#lives.set(life, table);
    return this.#judge(life, table, view);
  }

  #changed(life: Life, changes: RowChanges, view: ClusterView): string | undefined {
    const table = this.#lives.get(life) ?? new MemoryTable();
    let isChanged = false;
    for (const [key, value] of changes) {
      if (!key.startsWith(GROUP_ROWS)) continue;
      isChanged = true;
      if (value === undefined) table.delete(key);
      else table.put(key, value);
    }
    return isChanged ? this.#judge(life, table, view) : undefined;
  }

  #judge(life: Life, table: MemoryTable, view: ClusterView): string | undefined {
    const states = readShardStates(table);
    const shardsThat = (are: (state: ShardState) => boolean): ReadonlySet<ShardId> =>
      new Set(states.flatMap(([shard, state]) => (are(state) ? [shard] : [])));
    const { applied: entries, part } = view.life(life);
    const applied = entries + (part?.commands ?? 0) / COMMANDS_MAX;
    const handedOver = shardsThat((state) => state.type === 'leaving' && state.frozen);
    return this.#owners.applied(this.#group, { applied, served: shardsThat(isServed), handedOver });
  }
}

function isServed(state: ShardState): boolean {
  return state.type === 'serving' || (state.type === 'leaving' && !state.frozen);
}
