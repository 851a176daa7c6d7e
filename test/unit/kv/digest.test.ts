/** What a replica pays to know a command again: one pass over the bytes that came. */

import { expect, test, vi } from 'vitest';
import { fnv1a } from '../../../src/codec/index.ts';
import { DEFAULT_KV_SETTINGS, SESSION_COMMAND } from '../../../src/kv/index.ts';
import { asShardId, WholeStore } from '../../../src/shard/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { ALICE, put, START_MS } from './support/store.ts';

test('to apply a command, or its resend, encodes no command again', () => {
  const store = new WholeStore(() => asShardId(0), DEFAULT_KV_SETTINGS);
  const table = new MemoryTable();
  const session = { client: ALICE, sequence: 1 };
  const bytes = SESSION_COMMAND.encode({ session, command: put('key', 'value') });
  const other = SESSION_COMMAND.encode({ session, command: put('key', 'another') });
  const encode = vi.spyOn(SESSION_COMMAND, 'encode');
  try {
    expect(store.apply(table, bytes, START_MS)).toMatchObject({ type: 'written' });
    expect(store.apply(table, bytes, START_MS)).toMatchObject({ type: 'written' });
    expect(store.apply(table, other, START_MS)).toMatchObject({ type: 'sequence-reused' });
    expect(encode).not.toHaveBeenCalled();
  } finally {
    encode.mockRestore();
  }
});

test('bytes are hashed by an index: an iterator takes fifteen times as long', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);
  const expected = fnv1a(bytes);
  Object.defineProperty(bytes, Symbol.iterator, {
    value: () => {
      throw new Error('the bytes are iterated over');
    },
  });
  expect(fnv1a(bytes)).toBe(expected);
});
