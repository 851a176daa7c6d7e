/** The log against a model that is as plain as can be: a sparse list of terms. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asIndex, asTerm, type Entry, Log } from '../../../src/raft/index.ts';
import { entry } from './rig/replica.ts';

/** All terms from index 1 on, also of entries that the log has compacted. */
interface Model {
  terms: number[];
  compacted: number;
}

type Command =
  | { readonly type: 'append'; readonly rises: readonly number[] }
  | { readonly type: 'truncate' | 'compact'; readonly at: number }
  | { readonly type: 'restart'; readonly at: number; readonly agrees: boolean };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('append'), rises: fc.array(fc.nat(1), { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('truncate', 'compact'), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart'), at: fc.nat(20), agrees: fc.boolean() }) },
);

function perform(log: Log, model: Model, command: Command): void {
  const length = model.terms.length;
  switch (command.type) {
    case 'append': {
      const entries = command.rises.map((_, at) => {
        const rise = command.rises.slice(0, at + 1).reduce((sum, one) => sum + one, 0);
        return entry(length + 1 + at, (model.terms.at(-1) ?? 0) + rise);
      });
      log.append(entries);
      model.terms = [...model.terms, ...entries.map(({ term }) => term)];
      return;
    }
    case 'truncate': {
      const from = model.compacted + 1 + (command.at % (length - model.compacted + 1));
      log.truncateFrom(asIndex(from), asIndex(model.compacted));
      model.terms = model.terms.slice(0, from - 1);
      return;
    }
    case 'compact': {
      const through = model.compacted + (command.at % (length - model.compacted + 1));
      log.compact(asIndex(through));
      model.compacted = through;
      return;
    }
    case 'restart': {
      const index = model.compacted + 1 + command.at;
      const known = index <= length ? (model.terms[index - 1] ?? 0) : undefined;
      const term = command.agrees && known !== undefined ? known : (model.terms.at(-1) ?? 0) + 1;
      log.restart({ index: asIndex(index), term: asTerm(term) });
      model.compacted = index;
      if (known !== term) model.terms = [...Array.from({ length: index - 1 }, () => 0), term];
    }
  }
}

/** A log and its model after the same random commands. */
function build(commands: readonly Command[]): { log: Log; model: Model } {
  const log = new Log({ index: asIndex(0), term: asTerm(0) }, []);
  const model: Model = { terms: [], compacted: 0 };
  for (const command of commands) perform(log, model, command);
  return { log, model };
}

function held({ terms, compacted }: Model): readonly Entry[] {
  return terms.slice(compacted).map((term, at) => entry(compacted + 1 + at, term));
}

const commands = fc.array(command, { maxLength: 15 });

describe('a log', () => {
  test('holds what was appended and neither truncated nor compacted', () => {
    fc.assert(
      fc.property(commands, (some) => {
        const { log, model } = build(some);
        const expected = held(model);
        expect(log.lastIndex).toBe(model.terms.length);
        expect(log.firstIndex).toBe(model.compacted + 1);
        expect(log.bytes).toBe(expected.reduce((sum, { payload }) => sum + payload.byteLength, 0));
        expect(log.slice(log.firstIndex, log.lastIndex, Number.POSITIVE_INFINITY)).toEqual(expected);
      }),
    );
  });

  test('knows the term of each entry it holds and of the one before, and no other', () => {
    fc.assert(
      fc.property(commands, (some) => {
        const { log, model } = build(some);
        for (let index = 0; index <= model.terms.length + 2; index += 1) {
          const isKnown = index >= model.compacted && index <= model.terms.length;
          const term = index === 0 ? 0 : model.terms[index - 1];
          expect(log.term(asIndex(index))).toBe(isKnown ? term : undefined);
        }
      }),
    );
  });

  test('slices at least one entry, then as many as fit', () => {
    fc.assert(
      fc.property(commands, fc.nat(20), fc.nat(20), fc.nat(15), (some, from, to, bytesMax) => {
        const { log, model } = build(some);
        const start = model.compacted + 1 + from;
        const wanted = held(model).filter(({ index }) => index >= start && index <= to);
        const slice = log.slice(asIndex(start), asIndex(to), bytesMax);
        const bytes = (entries: readonly Entry[]) =>
          entries.reduce((sum, { payload }) => sum + payload.byteLength, 0);
        expect(slice).toEqual(wanted.slice(0, slice.length));
        if (wanted.length === 0) return;
        expect(slice.length === 1 || bytes(slice) <= bytesMax).toBe(true);
        expect(slice.length === wanted.length || bytes(wanted.slice(0, slice.length + 1)) > bytesMax).toBe(
          true,
        );
      }),
    );
  });

  test('counts the bytes after an index', () => {
    fc.assert(
      fc.property(commands, fc.nat(20), (some, beyond) => {
        const { log, model } = build(some);
        const index = model.compacted + beyond;
        const after = held(model).filter((one) => one.index > index);
        expect(log.bytesAfter(asIndex(index))).toBe(
          after.reduce((sum, { payload }) => sum + payload.byteLength, 0),
        );
      }),
    );
  });

  test('finds the first entry that is missing or differs', () => {
    fc.assert(
      fc.property(commands, fc.nat(20), fc.array(fc.nat(5), { maxLength: 6 }), (some, skip, terms) => {
        const { log, model } = build(some);
        const first = model.compacted + 1 + skip;
        const entries = terms.map((term, at) => entry(first + at, term));
        const conflict = entries.find(({ index, term }) => model.terms[index - 1] !== term);
        expect(log.firstConflict(entries)).toBe(conflict?.index);
      }),
    );
  });

  test('finds the last place at or before an index whose term is not above another', () => {
    fc.assert(
      fc.property(commands, fc.nat(30), fc.nat(8), (some, index, term) => {
        const { log, model } = build(some);
        const fitting = held(model).filter((one) => one.index <= index && one.term <= term);
        expect(log.lastAtOrBelowTerm(asIndex(index), asTerm(term)).index).toBe(
          fitting.at(-1)?.index ?? model.compacted,
        );
      }),
    );
  });

  test('refuses entries that leave a gap, or whose terms fall (raft.L1, raft.L2)', () => {
    const { log } = build([{ type: 'append', rises: [1, 1] }]);
    expect(() => log.append([entry(4, 2)])).toThrow('raft.L1');
    expect(() => log.append([entry(3, 1)])).toThrow('raft.L2');
  });

  test('never truncates what is committed (raft.L3)', () => {
    const { log } = build([{ type: 'append', rises: [1, 1] }]);
    expect(() => log.truncateFrom(asIndex(1), asIndex(1))).toThrow('raft.L3');
  });

  test('forgets what it held before a snapshot that it does not agree with, and keeps what follows one that it does', () => {
    const before: Command = { type: 'append', rises: [1, 0, 0] };
    const agreed = build([before, { type: 'restart', at: 1, agrees: true }]).log;
    expect(agreed.last).toMatchObject({ index: 3, term: 1 });
    const differs = build([before, { type: 'restart', at: 1, agrees: false }]).log;
    expect(differs.last).toEqual({ index: 2, term: 2 });
  });
});

describe('two logs of a cluster', () => {
  /** Terms that do not fall. */
  const terms = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }).map((all) => all.sort());
  const from = (all: readonly number[]) =>
    new Log(
      { index: asIndex(0), term: asTerm(0) },
      all.map((term, at) => entry(at + 1, term)),
    );

  test('are found to agree in at most one step for each term of the longer search', () => {
    fc.assert(
      fc.property(terms, terms, (leaderTerms, followerTerms) => {
        // Log Matching (5.3): the logs agree up to a point and nowhere after it; a later equal term there is made to differ.
        const agreed = leaderTerms.findIndex((term, at) => term !== followerTerms[at]);
        const common = agreed === -1 ? Math.min(leaderTerms.length, followerTerms.length) : agreed;
        const theirs = followerTerms.map((term, at) => (at < common ? term : term * 2));
        const ours = leaderTerms.map((term, at) => (at < common ? term : term * 2 + 1));
        const leader = from(ours.map((term, at) => (at < common ? term * 2 : term)));
        const follower = from(theirs.map((term, at) => (at < common ? term * 2 : term)));

        let previous = leader.lastIndex;
        let steps = 0;
        while (!follower.contains({ index: previous, term: leader.term(previous) ?? asTerm(0) })) {
          const hint = follower.lastAtOrBelowTerm(previous, leader.term(previous) ?? asTerm(0));
          const next = leader.lastAtOrBelowTerm(hint.index, hint.term).index;
          expect(next).toBeLessThan(previous);
          expect(next).toBeGreaterThanOrEqual(Math.min(common, previous));
          previous = next;
          steps += 1;
        }
        expect(previous).toBe(Math.min(common, leader.lastIndex));
        expect(steps).toBeLessThanOrEqual(1 + new Set([...ours, ...theirs]).size);
      }),
    );
  });
});
