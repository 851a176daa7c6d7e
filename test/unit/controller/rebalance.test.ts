import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rebalance } from '../../../src/controller/index.ts';
import { asGroupId, type GroupId, NOBODY } from '../../../src/shard/index.ts';
import { fewestMoves, fewestMovesBySearch, groupIds, movedCount, spread } from './configuration-checks.ts';

type Rebalance = typeof rebalance;

interface Situation {
  readonly shards: readonly GroupId[];
  readonly members: readonly GroupId[];
}

/** Any owners, as joins, leaves and moves in any number may leave them, and any groups that now share. */
function situations(shardsMax: number, groupsMax: number): fc.Arbitrary<Situation> {
  const owner = fc.integer({ min: 0, max: groupsMax + 2 }).map(asGroupId);
  const group = fc.integer({ min: 1, max: groupsMax + 2 }).map(asGroupId);
  return fc.record({
    shards: fc.array(owner, { minLength: 1, maxLength: shardsMax }),
    members: fc.uniqueArray(group, { minLength: 1, maxLength: groupsMax }),
  });
}

/** All the lists of `length` numbers from 0 to `max`. */
function lists(length: number, max: number): readonly (readonly number[])[] {
  if (length === 0) return [[]];
  const digits = Array.from({ length: max + 1 }, (_, digit) => digit);
  return lists(length - 1, max).flatMap((rest) => digits.map((digit) => [...rest, digit]));
}

function isEven(candidate: Rebalance, { shards, members }: Situation): boolean {
  const after = candidate(shards, members);
  return (
    after.length === shards.length &&
    after.every((owner) => members.includes(owner)) &&
    spread(after, members) <= 1
  );
}

function isMinimal(candidate: Rebalance, { shards, members }: Situation): boolean {
  return movedCount(shards, candidate(shards, members)) === fewestMoves(shards, members);
}

function ignoresOrder(
  candidate: Rebalance,
  { shards, members }: Situation,
  permuted: readonly GroupId[],
): boolean {
  return String(candidate(shards, members)) === String(candidate(shards, permuted));
}

test('no even assignment moves fewer shards: every situation of up to 4 shards and 3 groups, by search', () => {
  const memberLists = [[1], [2], [1, 2], [2, 3], [1, 2, 3]].map((ids) => groupIds(...ids));
  for (const shardCount of [1, 2, 3, 4]) {
    for (const owners of lists(shardCount, 4)) {
      const shards = groupIds(...owners);
      for (const members of memberLists) {
        const after = rebalance(shards, members);
        expect(spread(after, members)).toBeLessThanOrEqual(1);
        expect(movedCount(shards, after)).toBe(fewestMovesBySearch(shards, members));
      }
    }
  }
});

test('no even assignment moves fewer shards: up to 6 shards and 4 groups, by search', () => {
  fc.assert(
    fc.property(situations(6, 4), ({ shards, members }) => {
      const fewest = fewestMovesBySearch(shards, members);
      expect(fewestMoves(shards, members)).toBe(fewest);
      expect(movedCount(shards, rebalance(shards, members))).toBe(fewest);
    }),
    { numRuns: 150 },
  );
});

test('shares are even and moves are fewest in large clusters', () => {
  fc.assert(
    fc.property(
      situations(256, 40),
      (situation) => isEven(rebalance, situation) && isMinimal(rebalance, situation),
    ),
    { numRuns: 500 },
  );
});

test('the order in which groups are listed makes no difference', () => {
  const permutations = situations(64, 12).chain((situation) =>
    fc.tuple(
      fc.constant(situation),
      fc.shuffledSubarray([...situation.members], { minLength: situation.members.length }),
    ),
  );
  fc.assert(
    fc.property(permutations, ([situation, permuted]) => ignoresOrder(rebalance, situation, permuted)),
  );
});

test('an even assignment is left as it is', () => {
  fc.assert(
    fc.property(situations(64, 12), ({ shards, members }) => {
      const even = rebalance(shards, members);
      expect(rebalance(even, members)).toEqual(even);
    }),
  );
});

test('without groups, nobody owns anything', () => {
  expect(rebalance(groupIds(1, 2, 1), [])).toEqual([NOBODY, NOBODY, NOBODY]);
});

describe('the rig sees a rebalance that', () => {
  const caught = (property: fc.IProperty<[Situation]>): boolean =>
    fc.check(property, { numRuns: 500 }).failed;

  test('deals shards out anew each time', () => {
    const dealing: Rebalance = (shards, groups) => {
      const members = [...groups].sort((left, right) => left - right);
      return shards.map((_, shard) => members[shard % members.length] ?? NOBODY);
    };
    expect(caught(fc.property(situations(16, 4), (situation) => isEven(dealing, situation)))).toBe(false);
    expect(caught(fc.property(situations(16, 4), (situation) => isMinimal(dealing, situation)))).toBe(true);
  });

  test('gives the larger shares to the lowest ids, whoever owns most', () => {
    const byId: Rebalance = (shards, groups) => {
      const members = [...groups].sort((left, right) => left - right);
      const larger = shards.length % members.length;
      const room = new Map(
        members.map((id, rank) => [id, Math.floor(shards.length / members.length) + (rank < larger ? 1 : 0)]),
      );
      const take = (id: GroupId): GroupId => {
        room.set(id, (room.get(id) ?? 0) - 1);
        return id;
      };
      const kept = shards.map((owner) => ((room.get(owner) ?? 0) > 0 ? take(owner) : undefined));
      return kept.map((owner) => owner ?? take(members.find((id) => (room.get(id) ?? 0) > 0) ?? NOBODY));
    };
    expect(caught(fc.property(situations(16, 4), (situation) => isEven(byId, situation)))).toBe(false);
    expect(caught(fc.property(situations(16, 4), (situation) => isMinimal(byId, situation)))).toBe(true);
  });

  test('moves only what has no owner', () => {
    const lazy: Rebalance = (shards, groups) => {
      const [first = NOBODY, ...rest] = groups;
      return shards.map((owner) => (owner === first || rest.includes(owner) ? owner : first));
    };
    expect(caught(fc.property(situations(16, 4), (situation) => isEven(lazy, situation)))).toBe(true);
  });

  test('depends on the order of a map', () => {
    const ordered: Rebalance = (shards, groups) => {
      const members = [...groups];
      return shards.map((_, shard) => members[shard % members.length] ?? NOBODY);
    };
    const property = fc.property(situations(16, 4), (situation) =>
      ignoresOrder(ordered, situation, situation.members.toReversed()),
    );
    expect(caught(property)).toBe(true);
  });
});
