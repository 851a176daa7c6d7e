import { encode } from 'cborg';
import { expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { QUERY, SESSION_COMMAND } from '../../../src/kv/index.ts';
import { STORE_REPLY } from '../../../src/shard/index.ts';
import { utf8 } from './support/store.ts';

const CODECS = [
  ['a command', SESSION_COMMAND],
  ['a query', QUERY],
  ['a result', STORE_REPLY],
] as const;

test('a command adds few bytes to its value', () => {
  const command = { type: 'put', key: 'key', value: new Uint8Array(1000) } as const;
  const bytes = SESSION_COMMAND.encode({ session: { client: 'client', sequence: 1 }, command });
  expect(bytes.length).toBeLessThan(1030);
});

test('a command of an operation that this code does not know is refused with words', () => {
  const session = [utf8('client'), 1];
  const bytes = Uint8Array.of(7, ...encode([session, [utf8('increment'), utf8('key'), 1]]));
  expect(() => SESSION_COMMAND.decode(bytes)).toThrow(
    'a command of format 7 is unknown to this code: one of put, append, delete expected, found "increment"',
  );
});

test.each(CODECS)('%s with a field too many, too few, or of another kind is refused', (_, codec) => {
  const wrong = [null, -1, 1.5, true, 'text', utf8('text'), new Uint8Array(1), [], {}];
  const session = [utf8('client'), 1];
  const put = [utf8('put'), utf8('key'), new Uint8Array(1)];
  const candidates = [
    [session],
    [session, put, 1],
    [session, [...put, 1]],
    [session, put.slice(0, 2)],
    [[utf8('client')], put],
    [[...session, 1], put],
    [session, [utf8('move'), utf8('key')]],
    ...wrong.filter((field) => !(field instanceof Uint8Array)).map((field) => [[field, 1], put]),
    ...wrong.map((field) => [[utf8('client'), field], put]),
    ...wrong.map((field) => [session, field]),
    [utf8('get')],
    [utf8('get'), utf8('key'), 1],
    [utf8('scan'), 0x1_0000, utf8(''), utf8(''), 1],
    [utf8('absent'), 1],
    [utf8('found'), 1],
    ...wrong.map((field) => [utf8('found'), field, field]),
    [utf8('appended'), 1],
    [utf8('written'), 1, 1],
    [utf8('deleted'), 1, null],
    [utf8('session-malformed'), 1],
    ...wrong.map((field) => [utf8('sequence-stale'), field]),
  ];
  for (const item of candidates) {
    for (const format of [1, 2]) {
      expect(() => codec.decode(Uint8Array.of(format, ...encode(item)))).toThrow(FormatError);
    }
  }
});
