import { expect, test } from 'vitest';
import { PLANTED_FAILURES } from './planted-failures.ts';
import { PLANTED_MESSAGES } from './planted-messages.ts';
import { runLabTest } from './run.ts';

test.each(PLANTED_FAILURES.map((planted) => [planted.name, planted] as const))(
  'the harness in virtual time notices %s',
  async (name, planted) => {
    const { failures } = await runLabTest(planted, 'simulator', [1]);
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining(PLANTED_MESSAGES[name] ?? '?'),
    ]);
  },
);
