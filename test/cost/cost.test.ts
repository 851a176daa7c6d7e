import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { costPage } from './page.ts';
import { countPerOperation } from './scenarios.ts';
import { billedRows } from './tally.ts';

test('docs/cost.md says what is counted: run `npm run cost` if it may rise', () => {
  const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(costPage()).toBe(page);
}, 300_000);

test('with 64 clients many puts share a call, the router included', () => {
  const { calls } = countPerOperation({ replicas: 3, clients: 64, operation: 'put of a new key' });
  expect(calls).toBeLessThanOrEqual(0.2);
});

test('one client writes each put to three logs, and little besides', () => {
  const tally = countPerOperation({ replicas: 3, clients: 1, operation: 'put of one key' });
  expect(billedRows(tally)).toBeLessThanOrEqual(3.2);
});
