/** Each command, misused: one line on standard error that says what is wrong, and exit code 2. */

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

const MISUSES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'bench.ts': [['--nonsense'], ['--only', 'floor,nobody'], ['--growth-keys', '10,5'], ['--rounds', '0']],
  'bench-memory.ts': [
    ['--clients', 'many'],
    ['--url', 'http://127.0.0.1:1'],
  ],
  'bench-reshard.ts': [['--nonsense']],
  'bench-transfer.ts': [
    ['--mib', 'much'],
    ['--mib', '0'],
  ],
  'cost.ts': [['--nonsense']],
  'demo-failover.ts': [['no/such/file'], ['.']],
  'demo-reshard.ts': [['no/such/file']],
  'hostile.ts': [[], ['nowhere'], ['http://127.0.0.1:1'], ['http://127.0.0.1:1', '--seconds', 'long']],
  'kill-test.ts': [['--kills', 'some']],
  'labs.ts': [['TestNothing'], ['--on', 'paper']],
  'linearize.ts': [[], ['no/such/file'], ['--time-limit', 'soon', 'file']],
  'mapreduce-figures.ts': [['beauty'], ['memory', '--mib', 'much']],
  'mr.ts': [
    ['wc', 'no/such/file'],
    ['wc', '.'],
    ['nosuch', 'package.json'],
    ['grep', 'package.json', '--arg', 'pattern=('],
    ['wc', 'package.json', '--reduce', '0x1'],
  ],
  'mutants.ts': [['no such mutant'], ['--limit', '1.5']],
  'profile.ts': [
    ['--operation', 'dance'],
    ['--clients', '0'],
  ],
  'sim.ts': [
    ['--seeds', 'all'],
    ['--seed', '1', '--mutant', 'no such mutant'],
  ],
  'start.ts': [['--port', '65536'], ['--nonsense']],
};

test('no command is left out', () => {
  const scripts = globSync('*.ts', { cwd: join(root, 'scripts') }).sort();
  expect(scripts).toEqual(Object.keys(MISUSES).sort());
});

const cases = Object.entries(MISUSES).flatMap(([script, misuses]) =>
  misuses.map((parameters) => [script, parameters] as const),
);

test.each(cases)('%s %j', (script, parameters) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts', script), ...parameters],
    { encoding: 'utf8', cwd: root, timeout: 30_000 },
  );
  expect({ status, stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
    status: 2,
    stdout: '',
    lines: [expect.stringMatching(/^(error|[\w:-]+): .+/)],
  });
});
