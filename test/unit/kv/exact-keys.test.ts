/**
 * The key that a URL names is the key that is written and read: on its way from the URL to the row, through every
 * format, nothing is dropped, folded, repaired or replaced.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeText, FormatError } from '../../../src/codec/index.ts';
import { QUERY, type Query, SESSION_COMMAND, shardRange } from '../../../src/kv/index.ts';
import { decodeKey, keyProblem } from '../../../src/protocol/index.ts';
import { AWKWARD_CHARACTERS } from '../codec/support/arbitrary-of.ts';
import { ALICE, openStore, put, type Store, utf8 } from './support/store.ts';

const SHARD = 3;
const DATA_PREFIX = `${shardRange(SHARD).from}d`;

/** Any text, and mostly what decoders like to change; halves of surrogate pairs may stand alone. */
const texts = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...AWKWARD_CHARACTERS) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff') },
  ),
  maxLength: 5,
});

const keys = texts.filter((text) => keyProblem(text) === undefined);

/** Every byte escaped, whatever it is: WTF-8 for halves of surrogate pairs. */
function percentEncoded(text: string): string {
  return [...text].map((character) => bytesOf(character).map(escaped).join('')).join('');
}

function bytesOf(character: string): readonly number[] {
  if (character.isWellFormed()) return [...utf8(character)];
  const unit = character.charCodeAt(0);
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}

function escaped(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

/** The bytes that a URL's path names. */
function bytesNamed(path: string): Uint8Array {
  return new Uint8Array(Buffer.from(path.replaceAll('%', ''), 'hex'));
}

/** Puts the key of the path by way of all formats, as a gateway and a replica do. */
function putAt(store: Store, path: string, sequence: number, value: string): string {
  const decoded = decodeKey(path);
  if (decoded.type !== 'key') throw new Error(`${path} names no key: ${decoded.code}`);
  const session = { client: ALICE, sequence };
  const bytes = SESSION_COMMAND.encode({ session, command: put(decoded.key, value) });
  const { command } = SESSION_COMMAND.decode(bytes);
  expect(store.call({ sequence, command, bytes, shard: SHARD })).toMatchObject({ type: 'written' });
  return decoded.key;
}

function getAt(store: Store, path: string): unknown {
  const decoded = decodeKey(path);
  if (decoded.type !== 'key') throw new Error(`${path} names no key: ${decoded.code}`);
  const query: Query = QUERY.decode(QUERY.encode({ type: 'get', key: decoded.key }));
  return query.type === 'get' ? store.get(query.key, SHARD) : query;
}

function dataRows(store: Store): readonly Uint8Array[] {
  return store
    .rows(SHARD)
    .flatMap(({ key }) => (key.startsWith(DATA_PREFIX) ? [encodeText(key.slice(DATA_PREFIX.length))] : []));
}

const RUNS = { numRuns: 2000 };

test('the bytes of the row are the bytes of the URL', () => {
  fc.assert(
    fc.property(keys, (text) => {
      const store = openStore();
      const path = percentEncoded(text);
      putAt(store, path, 1, 'value');
      expect(dataRows(store)).toEqual([bytesNamed(path)]);
      expect(getAt(store, path)).toEqual({ type: 'found', version: 1, value: utf8('value') });
    }),
    RUNS,
  );
});

test('two keys never share a row, be they different in an invisible character alone', () => {
  const variants = fc
    .tuple(keys, fc.nat(), fc.constantFrom('\ufeff', '\0', '\u0301', '\u200d', '\ufffd', '\uffff'))
    .map(([key, at, extra]) => [key, key.slice(0, at % 2) + extra + key.slice(at % 2)] as const)
    .filter(([, other]) => keyProblem(other) === undefined);
  fc.assert(
    fc.property(fc.oneof(fc.tuple(keys, keys), variants), ([one, other]) => {
      const store = openStore();
      const [path, otherPath] = [percentEncoded(one), percentEncoded(other)];
      putAt(store, path, 1, 'one');
      putAt(store, otherPath, 2, 'other');
      const isSame = path === otherPath;
      expect(dataRows(store)).toHaveLength(isSame ? 1 : 2);
      expect(getAt(store, path)).toMatchObject({ value: utf8(isSame ? 'other' : 'one') });
      expect(getAt(store, otherPath)).toMatchObject({ value: utf8('other') });
    }),
    RUNS,
  );
});

test('texts that are composed of the same letters in another way are other keys', () => {
  const store = openStore();
  const paths = ['\u00e9', 'e\u0301', '\ufeff\u00e9', '\u212b', '\u00c5', 'A\u030a'].map(percentEncoded);
  for (const [at, path] of paths.entries()) putAt(store, path, at + 1, path);
  for (const path of paths) expect(getAt(store, path)).toMatchObject({ value: utf8(path) });
});

describe('no key:', () => {
  test('a path that is not UTF-8 is refused with a problem', () => {
    const malformed = texts.filter((text) => !text.isWellFormed());
    fc.assert(
      fc.property(malformed, (text) => {
        expect(decodeKey(percentEncoded(text))).toEqual({ type: 'problem', code: 'key-malformed' });
      }),
    );
    const noise = fc.uint8Array({ minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(noise, (bytes) => {
        const decoded = decodeKey([...bytes].map(escaped).join(''));
        if (decoded.type === 'key') expect(encodeText(decoded.key)).toEqual(bytes);
      }),
      RUNS,
    );
  });

  test('a key with half of a surrogate pair is in no command and in no query', () => {
    const session = { client: ALICE, sequence: 1 };
    const malformed = texts.filter((text) => !text.isWellFormed());
    fc.assert(
      fc.property(malformed, (key) => {
        expect(() => SESSION_COMMAND.encode({ session, command: put(key, '') })).toThrow(FormatError);
        expect(() => QUERY.encode({ type: 'get', key })).toThrow(FormatError);
      }),
    );
  });

  test.each(['', '.', '..', '\ud800', 'a\udfff', '\udc00\ud800'])(
    'the state machine refuses %j, however it came, and writes nothing of it',
    (key) => {
      const store = openStore();
      const bytes = utf8('however it came');
      const result = store.call({ sequence: 1, command: put(key, 'value'), bytes });
      expect(result).toEqual({ type: 'key-malformed' });
      expect(keyProblem(key)).toMatch(/^key-(?:empty|malformed)$/);
      expect(dataRows(store)).toEqual([]);
      expect(store.get(key)).toEqual({ type: 'absent' });
    },
  );

  test('what the edge refuses, the state machine refuses, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(texts, fc.constantFrom('', '.', '..', 'é'.repeat(256), 'é'.repeat(257))),
        (key) => {
          const result = openStore().call({ sequence: 1, command: put(key, ''), bytes: utf8('any') });
          expect(result.type === 'written').toBe(keyProblem(key) === undefined);
        },
      ),
      RUNS,
    );
  });
});
