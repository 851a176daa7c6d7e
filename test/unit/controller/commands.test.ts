import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { encodeText, FormatError } from '../../../src/codec/index.ts';
import { CHANGE_COMMAND, type ChangeCommand, CONFIGURATION_QUERY } from '../../../src/controller/index.ts';
import { asGroupId, asShardId, CONFIGURATION } from '../../../src/shard/index.ts';
import { groupIds, groupsOf } from './configuration-checks.ts';

const COMMANDS: readonly ChangeCommand[] = [
  { client: 'client', sequence: 1, after: 0, change: { type: 'join', groups: groupsOf(3, 1, 2) } },
  { client: 'client', sequence: 2, after: 0, change: { type: 'leave', groups: groupIds(2, 1) } },
  {
    client: 'ключ',
    sequence: 2 ** 40,
    after: 0,
    change: { type: 'move', shard: asShardId(9), group: asGroupId(503) },
  },
];

/** As another version or a broken sender might write it. */
function written(format: number, item: unknown): Uint8Array {
  return Uint8Array.of(format, ...encode(item));
}

const CLIENT = encodeText('client');
const JOIN = encodeText('join');
const LEAVE = encodeText('leave');
const MOVE = encodeText('move');
const [A, B] = ['a', 'b'].map(encodeText);

test.each(COMMANDS)('$change.type comes back as it went', (command) => {
  expect(CHANGE_COMMAND.decode(CHANGE_COMMAND.encode(command))).toEqual(command);
});

test('a command as others may write it is understood', () => {
  expect(CHANGE_COMMAND.decode(written(3, [CLIENT, 1, 0, [LEAVE, [1]]]))).toEqual({
    client: 'client',
    sequence: 1,
    after: 0,
    change: { type: 'leave', groups: [1] },
  });
});

test('the order of joining groups leaves no trace in the bytes', () => {
  const bytes = (...ids: readonly number[]) =>
    CHANGE_COMMAND.encode({
      client: 'client',
      sequence: 1,
      after: 0,
      change: { type: 'join', groups: groupsOf(...ids) },
    });
  expect(bytes(3, 1, 2)).toEqual(bytes(1, 2, 3));
});

test('a client id with half of a surrogate pair has no bytes', () => {
  const change = { type: 'leave', groups: [] } as const;
  const command = { client: 'half a surrogate \ud800', sequence: 1, after: 0, change };
  expect(() => CHANGE_COMMAND.encode(command)).toThrow(FormatError);
});

describe('a command is refused, not guessed:', () => {
  test.each<[string, Uint8Array]>([
    ['another version', written(3, [CLIENT, 1, [LEAVE, [1]]])],
    ['no list', written(2, { version: 1 })],
    ['an unknown change', written(3, [CLIENT, 1, 0, [encodeText('split'), [1]]])],
    ['a field too many', written(3, [CLIENT, 1, 0, [MOVE, 1, 2, 3]])],
    ['a field too few', written(3, [CLIENT, 1, 0, [MOVE, 1]])],
    ['a client that is no text', written(2, [7, 1, [LEAVE, [1]]])],
    ['a negative sequence', written(2, [CLIENT, -1, [LEAVE, [1]]])],
    ['a broken group id', written(3, [CLIENT, 1, 0, [LEAVE, [1.5]]])],
    ['a group id beyond the safe integers', written(3, [CLIENT, 1, 0, [LEAVE, [2n ** 60n]]])],
    ['a shard beyond all shards', written(3, [CLIENT, 1, 0, [MOVE, 0x1_0000, 1]])],
    ['replicas that are no list', written(3, [CLIENT, 1, 0, [JOIN, [[1, A]]]])],
    [
      'a group that joins twice',
      written(2, [
        CLIENT,
        1,
        [
          JOIN,
          [
            [1, [A]],
            [1, [B]],
          ],
        ],
      ]),
    ],
    [
      'groups out of order',
      written(2, [
        CLIENT,
        1,
        [
          JOIN,
          [
            [2, [A]],
            [1, [B]],
          ],
        ],
      ]),
    ],
    ['bytes that are no CBOR', Uint8Array.of(2, 0xff)],
  ])('%s', (_, bytes) => {
    expect(() => CHANGE_COMMAND.decode(bytes)).toThrow(FormatError);
  });
});

test.each<[string, unknown]>([
  ['a field too many', [0, [], [], 0]],
  ['a field too few', [0, []]],
  ['a shard without owner', [0, [null], []]],
  ['a number that is no number', [encodeText('0'), [], []]],
  ['more shards than there can be', [0, new Array(0x1_0001).fill(0), []]],
])('a configuration with %s is refused, not guessed', (_, item) => {
  expect(() => CONFIGURATION.decode(written(2, item))).toThrow(FormatError);
});

test.each([-2, 1.5, Number.POSITIVE_INFINITY, 2n ** 53n])('no configuration has the number %s', (number) => {
  expect(() => CONFIGURATION_QUERY.decode(written(2, [number]))).toThrow(FormatError);
});
