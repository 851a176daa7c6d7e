import { expect, test } from 'vitest';
import { changeConfiguration } from '../../../src/controller/changes.ts';
import {
  type ChangeRefusal,
  type ConfigurationChange,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  initialConfiguration,
  NOBODY,
} from '../../../src/shard/index.ts';
import { faultsOf, groupIds, groupsOf, spread } from './configuration-checks.ts';

const SETTINGS = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount: 10, groupsMax: 4, joiningMax: 4 };

function join(...ids: readonly number[]): ConfigurationChange {
  return { type: 'join', groups: groupsOf(...ids) };
}

function leave(...ids: readonly number[]): ConfigurationChange {
  return { type: 'leave', groups: groupIds(...ids) };
}

function move(shard: number, group: number): ConfigurationChange {
  return { type: 'move', shard: asShardId(shard), group: asGroupId(group) };
}

function after(changes: readonly ConfigurationChange[], settings = SETTINGS): Configuration {
  return changes.reduce((current, change) => {
    const changed = changeConfiguration(current, change, settings);
    if (changed.type === 'refused') throw new Error(`refused: ${changed.reason}`);
    return changed.configuration;
  }, initialConfiguration(settings.shardCount));
}

function refusal(
  before: readonly ConfigurationChange[],
  change: ConfigurationChange,
): ChangeRefusal | undefined {
  const changed = changeConfiguration(after(before), change, SETTINGS);
  return changed.type === 'refused' ? changed.reason : undefined;
}

function joinOf(id: number, replicas: readonly string[]): ConfigurationChange {
  return { type: 'join', groups: new Map([[asGroupId(id), { replicas }]]) };
}

test('each change makes the next number', () => {
  expect(after([join(1), join(2), move(0, 2), move(1, 2), leave(2)]).number).toBe(5);
});

test('a configuration is never changed by the one made from it', () => {
  const before = after([join(1), join(2)]);
  const copy = structuredClone(before);
  for (const change of [join(3), leave(1), move(0, 2)]) changeConfiguration(before, change, SETTINGS);
  expect(before).toEqual(copy);
});

test('groups stand by rising id, in whatever order they joined', () => {
  expect([...after([join(3, 2), join(1)]).groups.keys()]).toEqual(groupIds(1, 2, 3));
});

test('a move gives one shard away and leaves the rest, however uneven that is', () => {
  const before = after([join(1, 2)]);
  const moved = after([join(1, 2), move(0, 2), move(1, 2), move(2, 2), move(3, 2), move(4, 2)]);
  expect(before.shards).toEqual(groupIds(1, 1, 1, 1, 1, 2, 2, 2, 2, 2));
  expect(moved.shards).toEqual(groupIds(2, 2, 2, 2, 2, 2, 2, 2, 2, 2));
});

test('a move to the owner succeeds without a new configuration', () => {
  const before = after([join(1, 2)]);
  expect(changeConfiguration(before, move(0, 1), SETTINGS)).toEqual({
    type: 'configured',
    configuration: before,
  });
});

test('moves stand until the next join or leave, which makes the shares even again', () => {
  const moves = [join(1, 2), move(0, 2), move(1, 2), move(2, 2)];
  expect(spread(after(moves).shards, groupIds(1, 2))).toBe(6);
  expect(faultsOf(after([...moves, join(3)]), groupIds(1, 2, 3))).toEqual([]);
  expect(faultsOf(after([join(4), ...moves, leave(4)]), groupIds(1, 2))).toEqual([]);
});

test('an id may be used again after its group has left, for other replicas', () => {
  const again = after([join(1, 2), leave(1), joinOf(1, ['elsewhere'])]);
  expect(again.groups.get(asGroupId(1))).toEqual({ replicas: ['elsewhere'] });
  expect(spread(again.shards, groupIds(1, 2))).toBe(0);
});

test('more groups than shards: some own nothing, none owns two', () => {
  const settings = { ...SETTINGS, shardCount: 3, allowIdleGroups: true };
  const crowded = after([join(1, 2, 3, 4)], settings);
  expect(faultsOf(crowded, groupIds(1, 2, 3, 4))).toEqual([]);
});

test('the last group may leave only where that is allowed, and then nobody owns anything', () => {
  expect(refusal([join(1, 2)], leave(1, 2))).toBe('last-group');
  const emptied = after([join(1, 2), leave(1, 2)], { ...SETTINGS, allowEmpty: true });
  expect(new Set(emptied.shards)).toEqual(new Set([NOBODY]));
  expect(emptied.groups.size).toBe(0);
});

test.each<[string, ChangeRefusal, readonly ConfigurationChange[], ConfigurationChange]>([
  ['a join of a group that is there', 'group-exists', [join(1)], join(1)],
  ['a join of several of which one is there', 'group-exists', [join(1)], join(2, 1)],
  ['a join of nothing', 'no-groups', [], join()],
  ['a join of group 0', 'group-invalid', [], join(0)],
  ['a group without replicas', 'group-invalid', [], joinOf(1, [])],
  ['a group with too many replicas', 'group-invalid', [], joinOf(1, 'abcdefghij'.split(''))],
  ['a replica with too long a name', 'group-invalid', [], joinOf(1, ['x'.repeat(65)])],
  ['more groups than the limit', 'too-many-groups', [join(1, 2, 3)], join(4, 5)],
  ['a leave of nothing', 'no-groups', [join(1)], leave()],
  ['a leave of an unknown group', 'group-unknown', [join(1, 2)], leave(1, 3)],
  ['a leave of the last group', 'last-group', [join(1)], leave(1)],
  ['a move of a shard that does not exist', 'shard-unknown', [join(1)], move(10, 1)],
  ['a move to an unknown group', 'group-unknown', [join(1)], move(0, 2)],
  ['a move to nobody', 'group-unknown', [join(1)], move(0, 0)],
  ['a move while there are no groups', 'group-unknown', [], move(0, 1)],
])('%s is refused: %s', (_, reason, before, change) => {
  expect(refusal(before, change)).toBe(reason);
});

test('the limits themselves are allowed', () => {
  expect(refusal([join(1, 2)], join(3, 4))).toBeUndefined();
  expect(refusal([], joinOf(1, 'abcdefghi'.split('')))).toBeUndefined();
  expect(refusal([], joinOf(1, ['x'.repeat(64)]))).toBeUndefined();
});
