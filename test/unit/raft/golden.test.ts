/**
 * Runs the scripts in `scripts/`: a few commands each, and the trace that they give. With UPDATE_GOLDEN=1 the traces
 * are written anew instead of compared; read the diff before it is committed.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ScriptRun } from './golden/commands.ts';
import { rewrite } from './golden/script.ts';

const FOLDER = fileURLToPath(new URL('scripts/', import.meta.url));
const isUpdating = process.env['UPDATE_GOLDEN'] === '1';

describe('golden scripts', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

  test.each(names.sort())('%s', (name) => {
    const text = readFileSync(FOLDER + name, 'utf8');
    const run = new ScriptRun();
    const traced = rewrite(text, (command) => run.perform(command));
    if (isUpdating) writeFileSync(FOLDER + name, traced);
    else expect(traced).toBe(text);
  });
});
