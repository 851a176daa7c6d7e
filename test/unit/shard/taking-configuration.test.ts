import { expect, test } from 'vitest';
import { asGroupId, asShardId, type Configuration, type ShardState } from '../../../src/shard/index.ts';
import type { ArrivingShard, LeavingShard } from '../../../src/shard/shard-state.ts';
import { canTake, movedBy } from '../../../src/shard/taking-configuration.ts';

const OWN = asGroupId(1);
const OTHER = asGroupId(2);
const from = { group: OTHER, replicas: ['b'] };
const ARRIVING: ArrivingShard = {
  type: 'arriving',
  configuration: 4,
  sinceMs: 0,
  from,
  move: 4,
  since: 0,
  clearing: false,
  cursor: '',
  copied: false,
  changes: 0,
};
const LEAVING: LeavingShard = {
  type: 'leaving',
  configuration: 4,
  sinceMs: 0,
  to: OTHER,
  due: 4,
  frozen: false,
  returning: false,
  record: 'kept',
  since: 0,
  changes: 0,
  recordBytes: 0,
};
const RETURNING: ShardState = { ...LEAVING, returning: true, record: 'none' };
const SERVING: ShardState = { type: 'serving' };
const DELETING: ShardState = { type: 'deleting' };

function configuration(number: number, ...shards: readonly number[]): Configuration {
  const groups = new Map([[OTHER, { replicas: from.replicas }]]);
  return { number, shards: shards.map(asGroupId), groups, joining: new Map(), lost: [] };
}

// shard.H5, case by case: what the shard is here now, and whose it is next.
test.each([
  ['serving', SERVING, 'own', true],
  ['serving', SERVING, 'other', true],
  ['arriving', ARRIVING, 'own', true],
  ['arriving', ARRIVING, 'other', false],
  ['leaving', LEAVING, 'own', false],
  [
    'to come back as soon as nothing is left of its record',
    { ...RETURNING, record: 'dropped' },
    'own',
    false,
  ],
  ['to come back', RETURNING, 'own', true],
  ['leaving', LEAVING, 'other', true],
  ['deleting', DELETING, 'own', false],
  ['deleting', DELETING, 'other', true],
] as const)('a shard that is %s and next is our %s: %s', (_name, state, owner, expected) => {
  const next = configuration(5, owner === 'own' ? OWN : OTHER);
  expect(canTake(next, OWN, new Map([[asShardId(0), state]]))).toBe(expected);
});

test('only shards that come or go get a new state', () => {
  const moved = movedBy(
    configuration(4, 1, 1, 2, 2, 0, 1),
    configuration(5, 1, 2, 1, 2, 1, 0),
    OWN,
    new Map(),
    0,
  );
  expect([...moved]).toEqual([
    [1, { ...LEAVING, configuration: 5, due: 5 }],
    [2, { ...ARRIVING, configuration: 5, move: 5 }],
    [4, SERVING],
    [5, DELETING],
  ]);
});
