import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { type Command, decodeCommand, encodeCommand } from '../../../src/controller/index.ts';
import { asGroupId, asShardId } from '../../../src/shard/index.ts';
import { FormatError } from '../../../src/storage/index.ts';
import { groupIds, groupsOf } from './configuration-checks.ts';

const COMMANDS: readonly Command[] = [
  { client: 'client', sequence: 1, change: { type: 'join', groups: groupsOf(3, 1, 2) } },
  { client: 'client', sequence: 2, change: { type: 'leave', groups: groupIds(2, 1) } },
  { client: 'ключ', sequence: 2 ** 40, change: { type: 'move', shard: asShardId(9), group: asGroupId(503) } },
];

test.each(COMMANDS)('$change.type comes back as it went', (command) => {
  expect(decodeCommand(encodeCommand(command))).toEqual(command);
});

test('the order of joining groups leaves no trace in the bytes', () => {
  const bytes = (...ids: readonly number[]) =>
    encodeCommand({ client: 'client', sequence: 1, change: { type: 'join', groups: groupsOf(...ids) } });
  expect(bytes(3, 1, 2)).toEqual(bytes(1, 2, 3));
});

describe('refused, not guessed:', () => {
  test.each<[string, unknown]>([
    ['another version', [2, 'client', 1, 'leave', [1]]],
    ['no list', { version: 1 }],
    ['an unknown change', [1, 'client', 1, 'split', [1]]],
    ['a field too many', [1, 'client', 1, 'move', 1, 2, 3]],
    ['a field too few', [1, 'client', 1, 'move', 1]],
    ['a client that is no text', [1, 7, 1, 'leave', [1]]],
    ['a negative sequence', [1, 'client', -1, 'leave', [1]]],
    ['a broken group id', [1, 'client', 1, 'leave', [1.5]]],
    ['a group id beyond the safe integers', [1, 'client', 1, 'leave', [2n ** 60n]]],
    ['replicas that are no list', [1, 'client', 1, 'join', [[1, 'a']]]],
    [
      'a group that joins twice',
      [
        1,
        'client',
        1,
        'join',
        [
          [1, ['a']],
          [1, ['b']],
        ],
      ],
    ],
  ])('%s', (_, value) => {
    expect(() => decodeCommand(encode(value))).toThrow(FormatError);
  });

  test('bytes that are no CBOR, or end too early, or too late', () => {
    const [command] = COMMANDS;
    if (command === undefined) throw new Error('there are commands');
    const bytes = encodeCommand(command);
    expect(() => decodeCommand(Uint8Array.of(0xff))).toThrow(FormatError);
    expect(() => decodeCommand(bytes.subarray(0, -1))).toThrow(FormatError);
    expect(() => decodeCommand(Uint8Array.of(...bytes, 0))).toThrow(FormatError);
  });
});
