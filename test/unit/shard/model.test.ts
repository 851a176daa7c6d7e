import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardsMoveSafely } from './model/property.ts';

const RUNS = 100;

test('shards move while they are written: nothing lost, nothing twice, one owner at a time, nothing left behind', () => {
  const seen = { arrivals: 0, duplicates: 0, refusedParts: 0, executions: 0 };
  const property = shardsMoveSafely((cluster) => {
    seen.arrivals += cluster.seen.arrivals;
    seen.duplicates += cluster.seen.duplicates;
    seen.refusedParts += cluster.seen.refusedParts;
    seen.executions += cluster.clients.executions;
  });
  fc.assert(property, { numRuns: RUNS });
  // A model in which nothing happens would pass too.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS);
});
