import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit, type CatalogueEntry, type JobStateName } from '../../../src/mapreduce/index.ts';

const QUOTA = { runningMax: 2, keptMax: 4, outputBytesMax: 100 };

const entry = (createdMs: number, state: JobStateName, outputBytes = 0, removed = false): CatalogueEntry => ({
  job: `job-${createdMs}`,
  application: 'wc',
  state,
  createdMs,
  outputBytes,
  removed,
});

test('a job is refused while as many run as may', () => {
  const running = [entry(1, 'running'), entry(2, 'running')];
  expect(admit(running, QUOTA)).toEqual({ type: 'full', runningMax: 2 });
  expect(admit([...running.slice(1), entry(3, 'failed')], QUOTA)).toEqual({ type: 'admitted', remove: [] });
});

test('the oldest jobs that have ended make way, by number and by bytes', () => {
  const old = [entry(4, 'succeeded', 10), entry(1, 'running'), entry(2, 'failed'), entry(3, 'cancelled')];
  expect(admit(old, QUOTA)).toEqual({ type: 'admitted', remove: [entry(2, 'failed')] });
  const large = [entry(3, 'succeeded', 60), entry(1, 'succeeded', 30), entry(2, 'succeeded', 30)];
  expect(admit(large, QUOTA)).toEqual({ type: 'admitted', remove: [entry(1, 'succeeded', 30)] });
});

test('whatever there is, limits are kept, nothing that runs is removed, and nothing newer than what is kept', () => {
  const any = fc.record({
    createdMs: fc.nat(100),
    state: fc.constantFrom<JobStateName[]>('running', 'succeeded', 'failed', 'cancelled'),
    outputBytes: fc.nat(60),
    removed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(any, { selector: ({ createdMs }) => createdMs, maxLength: 8 }), (all) => {
      const entries = all.map((each) => ({ ...each, job: `job-${each.createdMs}`, application: 'wc' }));
      const present = entries.filter(({ removed }) => !removed);
      const admission = admit(entries, QUOTA);
      const running = present.filter(({ state }) => state === 'running').length;
      expect(admission.type).toBe(running >= QUOTA.runningMax ? 'full' : 'admitted');
      if (admission.type === 'full') return;
      const left = present.filter((each) => !admission.remove.includes(each));
      const ended = left.filter(({ state }) => state !== 'running');
      expect(left.length + 1).toBeLessThanOrEqual(Math.max(QUOTA.keptMax, running + 1));
      expect(ended.reduce((sum, { outputBytes }) => sum + outputBytes, 0)).toBeLessThanOrEqual(100);
      for (const { state, createdMs } of admission.remove) {
        expect(state).not.toBe('running');
        for (const kept of ended) expect(kept.createdMs).toBeGreaterThan(createdMs);
      }
    }),
  );
});
