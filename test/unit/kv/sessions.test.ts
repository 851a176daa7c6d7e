import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import {
  ALICE,
  append,
  appended,
  BOB,
  openStore,
  put,
  remove,
  START_MS,
  textOf,
  utf8,
} from './support/store.ts';

describe('a resend', () => {
  test.each([
    ['put', put('key', 'a'), { type: 'written', version: 2 }],
    ['append', append('key', 'a'), appended(2, 7, 'before')],
    ['delete', remove('key'), { type: 'deleted', version: 2, existed: true }],
  ] as const)('of a %s returns the same reply, whatever was written since', (_, command, reply) => {
    const store = openStore({ keptPreviousBytesMax: 6 });
    store.call({ sequence: 1, command: put('key', 'before') });
    expect(store.call({ sequence: 2, command })).toEqual(reply);
    store.call({ client: BOB, sequence: 1, command: put('key', 'after') });
    expect(store.call({ sequence: 2, command })).toEqual(reply);
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('after'), version: 3 });
  });

  test('of an append that replaced more than is kept gets version and length, and hears that this is all', () => {
    const store = openStore({ keptPreviousBytesMax: 5 });
    store.call({ sequence: 1, command: put('key', 'before') });
    const call = { sequence: 2, command: append('key', '!') };
    expect(store.call(call)).toEqual(appended(2, 7, 'before'));
    expect(store.call(call)).toEqual({
      type: 'appended',
      version: 2,
      length: 7,
      previous: { type: 'not-kept' },
    });
    expect(textOf(store.get('key'))).toBe('before!');
  });

  test('of a refused append is refused again, even if it would now fit', () => {
    const store = openStore({ valueBytesMax: 4 });
    const call = { sequence: 2, command: append('key', '45') };
    store.call({ sequence: 1, command: put('key', '123') });
    expect(store.call(call)).toEqual({ type: 'value-too-large', bytesMax: 4 });
    store.call({ client: BOB, sequence: 1, command: remove('key') });
    expect(store.call(call)).toEqual({ type: 'value-too-large', bytesMax: 4 });
    expect(store.get('key')).toEqual({ type: 'absent' });
  });

  test('takes no version', () => {
    const store = openStore();
    const call = { sequence: 1, command: put('key', 'a') };
    store.call(call);
    store.call(call);
    expect(store.call({ sequence: 2, command: put('key', 'b') })).toEqual({ type: 'written', version: 2 });
  });
});

describe('a sequence number', () => {
  test.each([
    ['another value', put('key', 'b')],
    ['another key', put('kex', 'a')],
    ['another command', append('key', 'a')],
    ['a delete', remove('key')],
    ['key and value divided elsewhere', put('ke', 'ya')],
  ] as const)('used again with %s is refused', (_, command) => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'a') });
    expect(store.call({ sequence: 1, command })).toEqual({ type: 'sequence-reused' });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('a'), version: 1 });
  });

  test('below the last is stale: the old call does not get the new reply', () => {
    const store = openStore();
    store.call({ sequence: 4, command: append('key', 'a') });
    store.call({ sequence: 7, command: append('key', 'b') });
    expect(store.call({ sequence: 4, command: append('key', 'a') })).toEqual({
      type: 'sequence-stale',
      last: 7,
    });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('ab'), version: 2 });
  });

  test('may skip those of calls that went to other shards', () => {
    const store = openStore();
    expect(store.call({ sequence: 5, command: put('a', ''), shard: 1 }).type).toBe('written');
    expect(store.call({ sequence: 6, command: put('b', ''), shard: 2 }).type).toBe('written');
    expect(store.call({ sequence: 9, command: put('a', ''), shard: 1 }).type).toBe('written');
  });

  test('used again for a key of another shard is another call, and is executed', () => {
    const store = openStore();
    const command = append('key', 'a');
    for (const shard of [1, 2]) {
      const first = { type: 'appended', version: 1, length: 1, previous: { type: 'absent' } };
      expect(store.call({ sequence: 1, command, shard })).toEqual(first);
      expect(store.call({ sequence: 1, command, shard })).toEqual(first);
      expect(store.get('key', shard)).toEqual({ type: 'found', value: utf8('a'), version: 1 });
    }
  });

  test('of one client means nothing to another', () => {
    const store = openStore();
    store.call({ client: ALICE, sequence: 1, command: append('key', 'a') });
    store.call({ client: BOB, sequence: 1, command: append('key', 'a') });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('aa'), version: 2 });
  });

  test('cannot be 0', () => {
    const store = openStore();
    expect(store.call({ sequence: 0, command: put('key', '') })).toEqual({ type: 'session-malformed' });
    expect(store.rows()).toEqual([]);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])('cannot be %d: it has no bytes', (sequence) => {
    const store = openStore();
    expect(() => store.call({ sequence, command: put('key', '') })).toThrow(FormatError);
    expect(store.rows()).toEqual([]);
  });
});

describe('a client id', () => {
  const time = START_MS.toString(36).padStart(9, '0');
  test.each([
    ['nothing', ''],
    ['no dash', `${time}alice`],
    ['fewer digits', `${time.slice(1)}-alice`],
    ['more digits', `0${time}-alice`],
    ['no random part', `${time}-`],
    ['no time', '-alice'],
    ['capitals in the time', `${time.toUpperCase()}-alice`],
    ['a character that is none of its alphabet', `${time}-al~ice`],
    ['a line break at its end', `${time}-alice\n`],
    ['65 bytes', `${time}-`.padEnd(65, 'x')],
  ])('with %s is malformed, and leaves nothing', (_, client) => {
    const store = openStore();
    expect(store.call({ client, sequence: 1, command: put('key', '') })).toEqual({
      type: 'session-malformed',
    });
    expect(store.rows()).toEqual([]);
  });

  test('may have 64 bytes', () => {
    const client = `${time}-`.padEnd(64, 'x');
    expect(openStore().call({ client, sequence: 1, command: put('key', '') }).type).toBe('written');
  });
});
