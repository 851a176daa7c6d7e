import { describe, expect, test } from 'vitest';
import { type Command, type CommandResult, formatClientId, SESSION_COMMAND } from '../../src/kv/index.ts';
import { Past, type Reading } from './past.ts';

const SHARD = 3;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const session = { client: formatClientId(0, 'a'), sequence: 1 };

function executed(past: Past, command: Command, result: CommandResult): void {
  past.executed(SESSION_COMMAND.encode({ session, command }), result);
}

/** Revision 1: k is "a". 2: other is "x". 3: k is "ab". 4: k is deleted. */
function past(): Past {
  const made = new Past();
  executed(made, { type: 'put', key: 'k', value: bytes('a') }, { type: 'written', version: 1 });
  executed(made, { type: 'put', key: 'other', value: bytes('x') }, { type: 'written', version: 2 });
  const append: Command = { type: 'append', key: 'k', value: bytes('b') };
  const previous = { type: 'present', value: bytes('a') } as const;
  executed(made, append, { type: 'appended', version: 3, length: 2, previous });
  executed(made, { type: 'delete', key: 'k' }, { type: 'deleted', version: 4, existed: true });
  return made;
}

const reading = (revision: number, more: Partial<Reading> = {}): Reading => ({
  shard: SHARD,
  askedAtMs: 1000,
  minRevision: 0,
  ageMsMax: Number.POSITIVE_INFINITY,
  revision,
  ...more,
});

describe('the past', () => {
  test.each([
    [0, null],
    [1, 'a'],
    [2, 'a'],
    [3, 'ab'],
    [4, null],
  ])('is what was there at revision %i, whoever executes it again', (revision, value) => {
    const known = past();
    executed(known, { type: 'put', key: 'k', value: bytes('a') }, { type: 'written', version: 1 });
    executed(known, { type: 'put', key: 'k', value: bytes('z') }, { type: 'sequence-reused' });
    expect(known.problemOfValue(reading(revision), 'k', value)).toBeUndefined();
  });

  test.each([
    [1, null],
    [1, 'ab'],
    [3, 'a'],
    [4, 'ab'],
  ])('refutes another value at revision %i', (revision, value) => {
    expect(past().problemOfValue(reading(revision), 'k', value)?.invariant).toBe('reads are of the past');
  });

  test('refutes a read of less than was seen', () => {
    const seen = reading(2, { minRevision: 3 });
    expect(past().problemOfValue(seen, 'k', 'a')?.invariant).toBe('read your writes');
    expect(past().problemOfValue({ ...seen, minRevision: 2 }, 'k', 'a')).toBeUndefined();
  });

  test('refutes a read that misses what was heard of before its age', () => {
    const known = past();
    known.acknowledged(SHARD, 1, 300);
    known.acknowledged(SHARD, 3, 700);
    const problem = (ageMsMax: number) => known.problemOfValue(reading(2, { ageMsMax }), 'k', 'a')?.invariant;
    expect([problem(0), problem(299), problem(300)]).toEqual([
      'reads miss nothing',
      'reads miss nothing',
      undefined,
    ]);
    expect(known.problemOfValue(reading(2, { ageMsMax: 0, shard: 4 }), 'k', 'a')).toBeUndefined();
  });

  test('refutes a page that leaves out, adds or changes something', () => {
    const page = { prefix: '', after: '', rowsMax: 9, isOfShard: () => true };
    const problem = (rows: readonly (readonly [string, string])[], query = page, revision = 3) =>
      past().problemOfPage(reading(revision), query, rows)?.invariant;
    const whole = [
      ['k', 'ab'],
      ['other', 'x'],
    ] as const;
    expect(problem(whole)).toBeUndefined();
    expect(problem(whole.slice(1), { ...page, after: 'k' })).toBeUndefined();
    expect(problem(whole.slice(0, 1), { ...page, rowsMax: 1 })).toBeUndefined();
    expect(problem(whole.slice(1), { ...page, prefix: 'o' }, 4)).toBeUndefined();
    for (const wrong of [
      whole.slice(1),
      [whole[1], whole[0]],
      [...whole, ['z', '']],
      [['k', 'a'], whole[1]],
    ] as const)
      expect(problem(wrong)).toBe('reads are of the past');
  });
});
