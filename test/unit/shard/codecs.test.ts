import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeCommand } from '../../../src/kv/index.ts';
import { decodeRowChanges, encodeRowChanges } from '../../../src/shard/carried-rows.ts';
import {
  asGroupId,
  asShardId,
  decodePart,
  decodeShardAnswer,
  decodeShardRequest,
  decodeStoreCommand,
  encodePart,
  encodeShardAnswer,
  encodeShardCommand,
  encodeShardRequest,
  type ShardAnswer,
  type ShardCommand,
  type ShardPart,
  type ShardRequest,
} from '../../../src/shard/index.ts';
import {
  readConfirmations,
  readShardStates,
  type ShardState,
  writeConfirmation,
  writeShardState,
} from '../../../src/shard/shard-state.ts';
import { MemoryTable } from '../../../src/storage/index.ts';

const key = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 20 });
const shard = fc.nat(0xffff).map(asShardId);
const number = fc.nat(2 ** 40);
const changes = fc.array(fc.tuple(key, fc.option(bytes, { nil: undefined })), { maxLength: 6 });
const rows = changes.map(encodeRowChanges);
const neighbour = fc.record({
  group: fc.nat(1000).map(asGroupId),
  replicas: fc.array(key, { maxLength: 3 }),
});

const part: fc.Arbitrary<ShardPart> = fc.oneof(
  fc.record({ type: fc.constant('rows' as const), cursor: key, nextCursor: key, rows, done: fc.boolean() }),
  fc.record({
    type: fc.constant('changes' as const),
    after: number,
    through: number,
    rows,
    caughtUp: fc.boolean(),
    final: fc.boolean(),
  }),
);

const request: fc.Arbitrary<ShardRequest> = fc.oneof(
  fc.record({
    type: fc.constant('rows' as const),
    shard,
    configuration: number,
    cursor: key,
    bytesMax: number,
  }),
  fc.record({
    type: fc.constant('changes' as const),
    shard,
    configuration: number,
    after: number,
    freeze: fc.boolean(),
    bytesMax: number,
  }),
  fc.record({ type: fc.constant('release' as const), shard, configuration: number }),
);

const answer: fc.Arbitrary<ShardAnswer> = fc.oneof(
  fc.record({ type: fc.constant('part' as const), part }),
  fc.constantFrom({ type: 'released' as const }, { type: 'not-now' as const }),
);

const command: fc.Arbitrary<ShardCommand> = fc.oneof(
  fc.record({
    type: fc.constantFrom('freeze' as const, 'release' as const, 'confirmed' as const),
    shard,
    configuration: number,
  }),
  fc.record({ type: fc.constant('install' as const), shard, configuration: number, part }),
  fc.record({ type: fc.constant('sweep' as const), shard }),
  fc.record({
    type: fc.constant('configure' as const),
    configuration: fc.record({
      number,
      shards: fc.array(fc.nat(9).map(asGroupId), { maxLength: 10 }),
      groups: fc.constant(new Map([[asGroupId(3), { replicas: ['a', 'b'] }]])),
    }),
  }),
);

const state: fc.Arbitrary<ShardState> = fc.oneof(
  fc.constantFrom({ type: 'serving' as const }, { type: 'deleting' as const }),
  fc.record({
    type: fc.constant('arriving' as const),
    configuration: number,
    from: neighbour,
    cursor: key,
    copied: fc.boolean(),
    changes: number,
  }),
  fc.record({
    type: fc.constant('leaving' as const),
    configuration: number,
    to: fc.nat(1000).map(asGroupId),
    frozen: fc.boolean(),
    changes: number,
  }),
);

test('a part comes out as it went in', () => {
  fc.assert(
    fc.property(part, (each) => {
      expect(decodePart(encodePart(each))).toEqual(each);
    }),
  );
});

test('the rows of a part come out as they went in, also out of the middle of other bytes', () => {
  fc.assert(
    fc.property(changes, fc.nat(9), (each, offset) => {
      const encoded = encodeRowChanges(each);
      const around = new Uint8Array(offset + encoded.byteLength + 1);
      around.set(encoded, offset);
      const within = around.subarray(offset, offset + encoded.byteLength);
      expect(decodeRowChanges(within)).toEqual(each);
    }),
  );
});

test('rows of another format, or cut short, are refused', () => {
  const encoded = encodeRowChanges([['key', Uint8Array.of(1, 2)]]);
  expect(() => decodeRowChanges(Uint8Array.of(2, ...encoded.subarray(1)))).toThrow('format 2');
  expect(() => decodeRowChanges(new Uint8Array(0))).toThrow('format');
  for (let length = 2; length < encoded.byteLength; length += 1) {
    expect(() => decodeRowChanges(encoded.subarray(0, length))).toThrow('end too early');
  }
});

test('a request comes out as it went in', () => {
  fc.assert(
    fc.property(request, (each) => {
      expect(decodeShardRequest(encodeShardRequest(each))).toEqual(each);
    }),
  );
});

test('an answer comes out as it went in', () => {
  fc.assert(
    fc.property(answer, (each) => {
      expect(decodeShardAnswer(encodeShardAnswer(each))).toEqual(each);
    }),
  );
});

test('a command comes out as it went in', () => {
  fc.assert(
    fc.property(command, (each) => {
      expect(decodeStoreCommand(encodeShardCommand(each))).toEqual(each);
    }),
  );
});

test("a client's command is told from those that move shards", () => {
  const session = { client: 'abc-1', sequence: 1 };
  const sent = { session, command: { type: 'delete', key: 'k' } } as const;
  expect(decodeStoreCommand(encodeCommand(sent))).toEqual({ type: 'client', command: sent });
});

test('the states of shards are read as they were written, by rising shard', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(shard, state), { selector: ([id]) => id, maxLength: 8 }),
      (states) => {
        const table = new MemoryTable();
        for (const [id, each] of states) writeShardState(table, id, each);
        expect(readShardStates(table)).toEqual(states.toSorted(([a], [b]) => a - b));
        for (const [id] of states) writeShardState(table, id, undefined);
        expect(readShardStates(table)).toEqual([]);
      },
    ),
  );
});

test('confirmations are kept apart by shard and configuration', () => {
  const table = new MemoryTable();
  const to = { group: asGroupId(2), replicas: ['x'] };
  const all = [1, 2].flatMap((configuration) =>
    [0, 1].map((id) => ({ shard: asShardId(id), configuration, to })),
  );
  for (const confirmation of all) writeConfirmation(table, confirmation);
  expect(readConfirmations(table)).toEqual(all);
});
