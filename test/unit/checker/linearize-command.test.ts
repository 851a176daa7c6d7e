/** The command as a user runs it: a process, its output, its exit code. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KeyValueOperation, writeHistory } from '../../../tools/checker/index.ts';
import { append, get, put } from './support/operations.ts';

const COMMAND = resolve(import.meta.dirname, '../../../scripts/linearize.ts');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linearize-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function record(name: string, operations: readonly KeyValueOperation[]): string {
  const file = join(folder, name);
  writeFileSync(file, writeHistory(operations));
  return file;
}

function linearize(...arguments_: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...arguments_], {
    encoding: 'utf8',
  });
  return { status, lines: stdout.split('\n').filter((line) => line !== ''), stderr };
}

const right = [put(1, 0, 1, 'a'), get(2, 2, 3, 'a')];
const wrong = [put(1, 0, 1, 'a'), get(2, 2, 3, null)];
/** More orders than any time limit allows for. */
const hard = [
  ...Array.from({ length: 30 }, (_, client) => append(client, 0, 10, `${client},`)),
  get(30, 11, 12, 'never'),
];

describe('npm run linearize', () => {
  test('histories that are linearizable exit with 0', () => {
    const [first, second] = [record('first', right), record('second', right)];
    const { status, lines, stderr } = linearize(first, second);
    expect(lines).toEqual([
      expect.stringMatching(/first: linearizable \(2 operations, 1 key, [\d.]+ ms\)$/),
      expect.stringMatching(/second: linearizable \(2 operations, 1 key, [\d.]+ ms\)$/),
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('one that is not exits with 1, says why, and is drawn', () => {
    const html = join(folder, 'out.html');
    const { status, lines } = linearize(record('right', right), record('wrong', wrong), '--html', html);
    expect(status).toBe(1);
    expect(lines[1]).toMatch(
      /wrong: not linearizable \(.*\); key "x": get → absent of client 2 fits nowhere$/,
    );
    expect(readFileSync(html, 'utf8')).toContain('is not linearizable');
  });

  test('where nothing failed nothing is drawn', () => {
    const html = join(folder, 'out.html');
    expect(linearize(record('right', right), '--html', html).status).toBe(0);
    expect(existsSync(html)).toBe(false);
  });

  test('one that takes too long is unknown and exits with 2', () => {
    const { status, lines } = linearize('--time-limit', '0.05', record('right', right), record('hard', hard));
    expect(status).toBe(2);
    expect(lines[1]).toMatch(/hard: unknown \(.*\); key "x": the time limit ended the search$/);
  });

  test('a file that cannot be read exits with 2, and the others are judged', () => {
    const bad = join(folder, 'bad');
    writeFileSync(bad, `${writeHistory(right)}{"client":1}\n`);
    const { status, lines, stderr } = linearize(bad, join(folder, 'missing'), record('right', right));
    expect(status).toBe(2);
    expect(lines).toHaveLength(1);
    expect(stderr).toContain('bad:3: "return" is missing');
    expect(stderr).toContain('missing: no such file or directory');
  });

  test('a violation outweighs a file that cannot be read', () => {
    expect(linearize(join(folder, 'missing'), record('wrong', wrong)).status).toBe(1);
  });

  test('a picture that cannot be written exits with 2 if nothing worse was found', () => {
    const html = join(folder, 'no such folder', 'out.html');
    const { status, stderr } = linearize('--time-limit', '0.05', record('hard', hard), '--html', html);
    expect(status).toBe(2);
    expect(stderr).toContain('out.html: no such file or directory');
  });

  test('wrong usage exits with 2', () => {
    expect(linearize().status).toBe(2);
    expect(linearize('--time-limit', 'soon', 'file').status).toBe(2);
    expect(linearize('--nonsense', 'file').status).toBe(2);
  });

  test('help exits with 0 and tells the exit codes', () => {
    const { status, lines } = linearize('--help');
    expect(status).toBe(0);
    expect(lines.join('\n')).toContain('1 one is not');
  });
});
