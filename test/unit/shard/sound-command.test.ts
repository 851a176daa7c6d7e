import { describe, expect, test } from 'vitest';
import { encodeRowChanges, type RowChange } from '../../../src/codec/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  isSound,
  type ShardPart,
} from '../../../src/shard/index.ts';

const SHARD = asShardId(0x2a);
const SHARDS = 2;
const VALUE = new Uint8Array(9);
const ROWS: readonly RowChange[] = [
  ['002ada', VALUE],
  ['002adb', VALUE],
];

function isSoundPart(part: ShardPart): boolean {
  return isSound({ type: 'install', shard: SHARD, configuration: 2, part }, SHARDS);
}

type Of<Type extends ShardPart['type']> = Partial<Extract<ShardPart, { type: Type }>>;

const rows = (changed: Of<'rows'> = {}, all = ROWS): ShardPart => ({
  type: 'rows',
  since: 0,
  cursor: '',
  nextCursor: all.at(-1)?.[0] ?? '',
  done: false,
  rows: encodeRowChanges(all),
  ...changed,
});
const changes = (changed: Of<'changes'> = {}, all = ROWS): ShardPart => ({
  type: 'changes',
  after: 3,
  through: 6,
  caughtUp: true,
  final: true,
  rows: encodeRowChanges(all),
  ...changed,
});

const encoded = encodeRowChanges(ROWS);

describe('a part of a shard (shard.P1, shard.P2)', () => {
  test.each([
    ['rows', rows()],
    ['the last rows', rows({ done: true })],
    ['no rows at all', rows({ done: true }, [])],
    ['rows behind a cursor', rows({ cursor: '002ad' })],
    ['changes', changes({ final: false, caughtUp: false })],
    ['the last changes', changes()],
    ['a row that was deleted', changes({}, [['002asclient', undefined]])],
    ['no change', changes({ through: 3 }, [])],
  ])('is taken: %s', (_, part) => {
    expect(isSoundPart(part)).toBe(true);
  });

  test.each([
    ['rows of another format', rows({ rows: encoded.with(0, 1) })],
    ['rows that are cut short', rows({ rows: encoded.subarray(0, -1) })],
    ['no bytes', rows({ rows: new Uint8Array(0) })],
    ['a row of another shard', rows({}, [['002bda', VALUE]])],
    ['a row of no shard', rows({}, [['group/configuration', VALUE]])],
    ['a row of no kind', rows({}, [['002axa', VALUE]])],
    ['a key of the shard that names nothing', rows({}, [['002ad', VALUE]])],
    ['a value without a version', rows({}, [['002ada', new Uint8Array(7)]])],
    ['a session that cannot be read', rows({}, [['002asclient', VALUE]])],
    ['a row of the shard that cannot be read', rows({}, [['002am', VALUE]])],
    ['a row that no disk takes', rows({}, [['002ada', new Uint8Array(2_000_000)]])],
    ['a row that is deleted in the copy', rows({}, [['002ada', undefined]])],
    ['rows out of order', rows({}, ROWS.toReversed())],
    ['a row before the cursor', rows({ cursor: '002ada' })],
    ['a cursor of another shard', rows({ cursor: '0001d' })],
    ['a cursor beyond the rows', rows({ nextCursor: '002adz' })],
    ['no rows, and more to come', rows({}, [])],
    ['changes that go back', changes({ through: 2 })],
    ['changes that go nowhere', changes({ through: 3 })],
    ['more rows than changes', changes({ through: 4 })],
    ['changes without rows', changes({}, [])],
    ['more changes than a part has', changes({ through: 2 ** 53 - 1 })],
    ['a row that changed twice', changes({}, [...ROWS, ...ROWS])],
    ['the last changes, and more to come', changes({ caughtUp: false })],
    ['changes of another shard', changes({}, [['002bda', undefined]])],
  ])('is refused: %s', (_, part) => {
    expect(isSoundPart(part)).toBe(false);
  });
});

describe('a configuration (shard.C1)', () => {
  const groups = new Map([[asGroupId(1), { replicas: ['group-1/1'] }]]);
  const made = (shards: readonly number[], of = groups): Configuration => ({
    number: 1,
    shards: shards.map(asGroupId),
    groups: of,
    joining: new Map(),
    lost: [],
  });
  const huge = new Map([[asGroupId(1), { replicas: ['x'.repeat(1 << 20)] }]]);

  test.each([
    ['of this cluster', made([1, 1]), true],
    ['without groups', made([0, 0], new Map()), true],
    ['of another number of shards', made([1]), false],
    ['with an owner that is no group', made([1, 2]), false],
    ['with a shard that is nobody’s', made([1, 0]), false],
    ['larger than a row', made([1, 1], huge), false],
  ])('%s', (_, configuration, isTaken) => {
    expect(isSound({ type: 'configure', configuration }, SHARDS)).toBe(isTaken);
  });
});
