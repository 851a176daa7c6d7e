/**
 * Every decoder there is takes what its encoder makes and, of all other bytes, only those that it would make itself:
 * whoever adds one finds it tested here, or this test failing.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../src/codec/cbor.ts';
import {
  bytes as bytesShape,
  Codec,
  decodeBase64,
  decodeLooseText,
  decodeRowChanges,
  decodeText,
  decodeVersionedValue,
  encodeBase64,
  encodeRowChanges,
  encodeText,
  encodeVersionedValue,
  FormatError,
  type RowChange,
  text,
  tuple,
} from '../../../src/codec/index.ts';
import { SESSION_COMMAND } from '../../../src/kv/index.ts';
import { decodeKey } from '../../../src/protocol/index.ts';
import { decodeStoreCommand, SHARD_COMMAND, type StoreCommand } from '../../../src/shard/index.ts';
import { arbitraryBytes, arbitraryItem, arbitraryOf, arbitraryText } from './support/arbitrary-of.ts';
import { findExports } from './support/decoders.ts';
import { arbitraryMutation, mutated } from './support/mutations.ts';

const MUTATIONS = 100_000;
const MUTATIONS_PER_VALUE = 20;

/** A decoder that has one encoding for each value. */
interface Exact {
  readonly where: string;
  readonly values: fc.Arbitrary<unknown>;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

function exact<Value>(
  where: string,
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
): Exact {
  return { where, values, encode: (value) => encode(value as Value), decode };
}

function ofCodec<Value>(where: string, codec: Codec<Value>): Exact {
  return exact(
    where,
    arbitraryOf(codec.shape),
    (value) => codec.encode(value),
    (bytes) => codec.decode(bytes),
  );
}

const rows: fc.Arbitrary<readonly RowChange[]> = fc.array(
  fc.tuple(arbitraryText, fc.option(arbitraryBytes, { nil: undefined })),
  { maxLength: 4 },
);

const storeCommands: fc.Arbitrary<StoreCommand> = fc.oneof(
  arbitraryOf(SESSION_COMMAND.shape).map((command): StoreCommand => ({ type: 'client', command })),
  arbitraryOf(SHARD_COMMAND.shape),
);

/** Functions that are no codecs, but exact as those are. */
const EXACT = new Map<unknown, Exact>(
  [
    exact('items of CBOR', arbitraryItem, encodeItem, decodeItem),
    exact('texts', arbitraryText, encodeText, decodeText),
    exact('rows', rows, encodeRowChanges, decodeRowChanges),
    exact(
      'values with versions',
      fc.record({ version: fc.maxSafeNat(), value: arbitraryBytes }),
      ({ version, value }) => encodeVersionedValue(version, [value]),
      decodeVersionedValue,
    ),
    exact(
      'commands of a store group',
      storeCommands,
      (sent) => (sent.type === 'client' ? SESSION_COMMAND.encode(sent.command) : SHARD_COMMAND.encode(sent)),
      decodeStoreCommand,
    ),
  ].map((each) => [each.decode, each]),
);
EXACT.set(
  decodeBase64,
  exact(
    'bytes in base64',
    arbitraryBytes,
    (bytes) => encodeText(encodeBase64(bytes)),
    (bytes) => {
      const decoded = decodeBase64(decodeText(bytes));
      if (decoded === undefined) throw new FormatError('no base64');
      return decoded;
    },
  ),
);

/** What reads texts of users: it refuses nothing by throwing. */
const TOTAL = new Map<unknown, (bytes: Uint8Array) => unknown>([
  [decodeLooseText, decodeLooseText],
  [decodeKey, (bytes) => decodeKey(decodeLooseText(bytes))],
]);

const { exports, codecCount, outOfReach } = await findExports();
const codecs = exports.flatMap(({ where, value }) =>
  value instanceof Codec ? [{ where, codec: value }] : [],
);
const functions = exports.filter(({ where, value }) => typeof value === 'function' && / decode/.test(where));
const decoders = [...codecs.map(({ where, codec }) => ofCodec(where, codec)), ...EXACT.values()];
const foreign = fc
  .oneof(...decoders.map(({ values, encode }) => values.map(encode)))
  .filter((bytes) => bytes.length > 0);
const mutations = fc.array(arbitraryMutation(foreign), {
  minLength: MUTATIONS_PER_VALUE,
  maxLength: MUTATIONS_PER_VALUE,
});

/** The bytes are refused with `FormatError`, or are those of the value that they are taken for. */
function expectExact({ encode, decode }: Exact, bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    if (error instanceof FormatError) return;
    throw error;
  }
  const again = encode(value);
  if (Buffer.compare(again, bytes) !== 0) expect(again).toEqual(bytes);
}

function comesBack({ values, encode, decode }: Exact): fc.IProperty<[unknown]> {
  return fc.property(values, (value) => {
    expect(decode(encode(value))).toEqual(value);
  });
}

function takesNothingElse(decoder: Exact): fc.IProperty<[unknown, unknown]> {
  return fc.property(decoder.values, mutations, (value, all) => {
    const bytes = decoder.encode(value);
    for (const mutation of all)
      expectExact(decoder, mutated(bytes.length > 0 ? bytes : Uint8Array.of(0), mutation));
  });
}

describe('all decoders are found:', () => {
  test('each codec is exported by a module that can be loaded here', () => {
    expect(outOfReach).toEqual([]);
    expect(codecs.length).toBe(codecCount);
    expect(codecs.length).toBeGreaterThan(20);
  });

  test('each function that decodes is exercised', () => {
    const missed = functions.filter(({ value }) => !EXACT.has(value) && !TOTAL.has(value));
    expect(missed.map(({ where }) => where)).toEqual([]);
  });

  test('no two have the same name for what they read', () => {
    expect(new Set(codecs.map(({ codec }) => codec.what)).size).toBe(codecs.length);
  });
});

describe.each(decoders)('$where', (decoder) => {
  test('comes back as it went', () => {
    fc.assert(comesBack(decoder), { numRuns: 200 });
  });

  test('is read from its own bytes alone', () => {
    const numRuns = Math.ceil(MUTATIONS / decoders.length / MUTATIONS_PER_VALUE);
    fc.assert(takesNothingElse(decoder), { numRuns });
  });
});

test.each([...TOTAL.values()])('%o takes all bytes', (decode) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(() => decode(bytes)).not.toThrow();
    }),
  );
});

describe('these properties catch a decoder', () => {
  const codec = new Codec('a key', tuple({ key: text }), 1);
  const planted = (decode: (bytes: Uint8Array) => unknown): Exact => ({
    ...ofCodec('planted', codec),
    decode,
  });
  const lenientText = new TextDecoder();

  test.each<[string, (bytes: Uint8Array) => unknown]>([
    ['that guesses an unknown format', (bytes) => codec.decode(bytes.with(0, 1))],
    [
      'that ignores what comes after the value',
      (bytes) => codec.decode(bytes.subarray(0, 3 + (bytes[2] ?? 0) - 0x40)),
    ],
    [
      'that repairs a text',
      (bytes) => ({
        key: lenientText.decode(tuple({ key: bytesShape }).unpack(decodeItem(bytes.subarray(1))).key),
      }),
    ],
    [
      'that throws something else',
      (bytes) => {
        if (bytes.length === 0) throw new RangeError('no bytes');
        return codec.decode(bytes);
      },
    ],
  ])('%s', (_, decode) => {
    expect(fc.check(takesNothingElse(planted(decode)), { numRuns: 500, seed: 1 }).failed).toBe(true);
  });
});
