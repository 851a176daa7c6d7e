import { expect, test } from 'vitest';
import { PLANTED_FAILURES } from '../labs/planted-failures.ts';
import { PLANTED_MESSAGES } from '../labs/planted-messages.ts';
import { runLabTest } from '../labs/run.ts';
import { withWorkerd } from '../labs/workerd/workerd-labs.ts';
import { runScript } from './support/commands.ts';

test('the course’s tests run on real objects: one of each lab, and one that crashes its servers', async () => {
  const tests = ['TestUnreliableOneKey2', 'TestPersist33C', 'TestOnePartition4A', 'TestMinimalAgain'];
  const { code, output } = await runScript('scripts/labs.ts', ...tests, '--on', 'workerd');
  const lines = output.trimEnd().split('\n');
  expect(lines.slice(0, -1).map((line) => line.split(/ +/, 2))).toEqual(tests.map((name) => [name, 'pass']));
  expect(lines.at(-1)).toBe('4 passed, 0 failed');
  expect(code).toBe(0);
});

test('the harness on real objects notices all that is planted', async () => {
  const messages = await withWorkerd((run) =>
    Promise.all(
      PLANTED_FAILURES.map(async (planted) => {
        const { failures } = await runLabTest(planted, run, [1]);
        return [planted.name, failures.map(({ message }) => message).join()];
      }),
    ),
  );
  const expected = Object.entries(PLANTED_MESSAGES).map(([name, message]) => [
    name,
    expect.stringContaining(message),
  ]);
  expect(messages).toEqual(expected);
});
