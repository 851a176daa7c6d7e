/**
 * Clusters under random faults. Safety is checked after each step (rig/safety.ts); then all is healed, and the cluster
 * must come to agree and go on working. The rig itself is tested by hosts that break their contract. RANDOM_RUNS=10000
 * looks longer; a failure prints the seed that repeats it.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostFault } from './rig/host.ts';
import { goOn, survive } from './rig/random-run.ts';
import { scenario } from './rig/scenario.ts';

const RUNS = Number(process.env['RANDOM_RUNS'] ?? 300);
const RUNS_TO_CATCH_MAX = 3000;
const TIME_LIMIT_MS = 600_000;

describe('a cluster under random faults', () => {
  test(
    'is safe all the time, and agrees and goes on once it is healed',
    () =>
      fc.assert(
        fc.property(scenario, (one) => survive(one)),
        { numRuns: RUNS },
      ),
    TIME_LIMIT_MS,
  );

  test(
    'goes on while messages are lost and a voter is down',
    () =>
      fc.assert(
        fc.property(scenario, (one) => goOn(one)),
        { numRuns: Math.ceil(RUNS / 10) },
      ),
    TIME_LIMIT_MS,
  );

  test.each<HostFault>(['promises-overtake-writes', 'confirms-before-writing', 'forgets-hard-state'])(
    'is found unsafe when its host %s',
    (fault) => {
      const result = fc.check(
        fc.property(scenario, (one) => survive(one, fault)),
        { numRuns: RUNS_TO_CATCH_MAX, endOnFailure: true },
      );
      expect(result.failed, `not caught in ${RUNS_TO_CATCH_MAX} runs`).toBe(true);
    },
    TIME_LIMIT_MS,
  );
});
