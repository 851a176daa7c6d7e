/** What a leader knows of a peer, under replies in any order. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Progress } from '../../../src/raft/progress.ts';
import { asIndex } from '../../../src/raft/types.ts';

const LAST = 12;

type Event =
  | { readonly type: 'accepted'; readonly match: number }
  | { readonly type: 'rejected'; readonly previous: number; readonly agreed: number }
  | { readonly type: 'send'; readonly count: number }
  | { readonly type: 'probe' | 'replicate' | 'snapshot' | 'giveUp' | 'lost' };

const index = fc.nat(LAST);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('accepted'), match: index }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('rejected'), previous: index, agreed: index }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('send'), count: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('probe', 'replicate', 'snapshot', 'giveUp', 'lost') }),
  },
);

function append(progress: Progress, entries: number, sentAtMs: number) {
  const previous = asIndex(progress.next - 1);
  return { previous, last: asIndex(previous + entries), bytes: entries, sentAtMs };
}

function perform(progress: Progress, event: Event): void {
  switch (event.type) {
    case 'accepted':
      progress.advance(asIndex(event.match));
      return;
    case 'rejected':
      progress.regress(asIndex(event.previous), asIndex(event.agreed));
      return;
    case 'send':
      if (progress.state.type !== 'snapshot') progress.sent(append(progress, event.count, 0));
      return;
    case 'lost':
      return progress.lost(0, 100);
    default:
      return progress[event.type]();
  }
}

describe('progress', () => {
  test('match never falls, and stays below next, whatever comes in whatever order (raft.P1, raft.P2)', () => {
    fc.assert(
      fc.property(index, fc.array(event, { maxLength: 40 }), (start, events) => {
        const progress = new Progress(asIndex(start + 1), 0);
        for (const event of events) {
          const before = progress.match;
          perform(progress, event);
          expect(progress.match).toBeGreaterThanOrEqual(before);
          progress.check();
        }
      }),
    );
  });

  test('what is in flight is in order, ends just before next, and lies beyond match (raft.P3)', () => {
    fc.assert(
      fc.property(index, fc.array(event, { maxLength: 40 }), (start, events) => {
        const progress = new Progress(asIndex(start + 1), 0);
        for (const event of events) {
          perform(progress, event);
          if (progress.state.type !== 'replicate') continue;
          const lasts = progress.state.inflight.map(({ last }) => last);
          expect(lasts).toEqual(lasts.toSorted((a, b) => a - b));
          for (const last of lasts) expect(last).toBeGreaterThan(progress.match);
          if (lasts.length > 0) expect(lasts.at(-1)).toBeLessThan(progress.next);
        }
      }),
    );
  });

  test('what a peer has acknowledged is the same for every order in which the replies arrive', () => {
    const replies = fc
      .array(index, { minLength: 1, maxLength: 8 })
      .chain((matches) =>
        fc.tuple(fc.constant(matches), fc.shuffledSubarray(matches, { minLength: matches.length })),
      );
    fc.assert(
      fc.property(replies, ([sent, arrived]) => {
        const outcome = (matches: readonly number[]) => {
          const progress = new Progress(asIndex(1), 0);
          progress.replicate();
          for (const match of matches) progress.advance(asIndex(match));
          return { match: progress.match, next: progress.next };
        };
        expect(outcome(arrived)).toEqual(outcome(sent));
      }),
    );
  });

  test('each refusal of the current probe brings next nearer, until it meets match', () => {
    fc.assert(
      fc.property(index, fc.array(index, { maxLength: LAST }), (start, hints) => {
        const progress = new Progress(asIndex(start + 1), 0);
        for (const agreed of hints) {
          const { next } = progress;
          const hasChanged = progress.regress(asIndex(next - 1), asIndex(agreed));
          expect(hasChanged).toBe(next - 1 > progress.match);
          if (hasChanged) expect(progress.next).toBeLessThan(next);
        }
      }),
    );
  });

  test('the oldest unanswered message decides what is overdue', () => {
    const progress = new Progress(asIndex(1), 0);
    progress.replicate();
    progress.sent(append(progress, 1, 10));
    progress.sent(append(progress, 1, 50));
    expect(progress.isOverdue(109, 100)).toBe(false);
    expect(progress.isOverdue(110, 100)).toBe(true);
    progress.advance(asIndex(1));
    expect(progress.isOverdue(110, 100)).toBe(false);
  });

  test('the window is full by messages or by bytes', () => {
    const progress = new Progress(asIndex(1), 0);
    progress.replicate();
    progress.sent({ ...append(progress, 1, 0), bytes: 10 });
    expect(progress.inflightFull(2, 11)).toBe(false);
    expect(progress.inflightFull(1, 11)).toBe(true);
    expect(progress.inflightFull(2, 10)).toBe(true);
  });
});
