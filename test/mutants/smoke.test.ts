import { expect, test } from 'vitest';
import { type Outcome, runSeeds, seedsFrom } from '../sim/index.ts';

/** One of each kind of check. `npm run mutants` has the whole table. */
const SMOKE = [
  ['refusal-counts-as-vote', 'election safety'],
  ['vote-leaves-before-it-is-written', 'one vote a term'],
  ['commits-without-a-majority', 'committed on a quorum'],
  ['late-reply-turns-match-back', 'monotone'],
  ['resend-is-executed-again', 'linearizability'],
  ['success-before-commit', 'acknowledged writes kept'],
  ['read-before-own-term-is-committed', 'fresh reads'],
  ['timer-that-has-fired-counts-as-set', 'liveness'],
  ['message-without-limit', 'message limits'],
] as const;

const SEEDS_MAX = 40;

async function firstFailure(mutant: string | undefined): Promise<Outcome | undefined> {
  let failure: Outcome | undefined;
  await runSeeds(seedsFrom(1, SEEDS_MAX), { mutant, isTraced: false }, (outcome) => {
    failure = outcome.violation === undefined ? undefined : outcome;
    return failure === undefined ? 'go on' : 'enough';
  });
  return failure;
}

test.each(SMOKE)('%s is caught by "%s"', async (mutant, invariant) => {
  const failure = await firstFailure(mutant);
  expect(failure?.violation?.invariant).toBe(invariant);
});

test('a mutant that does not exist is an error, not a pass', async () => {
  await expect(firstFailure('no-such-mutant')).rejects.toThrow('no mutant is called no-such-mutant');
});
