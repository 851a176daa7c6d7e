import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { SESSION_COMMAND } from '../../../src/kv/index.ts';
import { decodeStoreCommand, SHARD_COMMAND } from '../../../src/shard/index.ts';
import { arbitraryOf } from '../codec/support/arbitrary-of.ts';

test("a client's command is told from those that move shards, and each comes out as it went in", () => {
  fc.assert(
    fc.property(arbitraryOf(SESSION_COMMAND.shape), (command) => {
      expect(decodeStoreCommand(SESSION_COMMAND.encode(command))).toEqual({ type: 'client', command });
    }),
  );
  fc.assert(
    fc.property(arbitraryOf(SHARD_COMMAND.shape), (command) => {
      expect(decodeStoreCommand(SHARD_COMMAND.encode(command))).toEqual(command);
    }),
  );
});

test('a command of an unknown format is refused, below and above the formats of shards', () => {
  const bytes = SHARD_COMMAND.encode({ type: 'sweep', shard: 0 as never });
  for (const format of [0, 2, 9, 0x7f, 0x80, 0x84, 0x86, 0xff]) {
    expect(() => decodeStoreCommand(bytes.with(0, format))).toThrow(FormatError);
  }
});
