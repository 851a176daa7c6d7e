import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS, type Mutant, PatchError, patched } from './index.ts';

function patchAll({ patches }: Mutant): void {
  const sources = new Map<string, string>();
  for (const patch of patches) {
    const path = new URL(`../../src/${patch.file}`, import.meta.url);
    const source = sources.get(patch.file) ?? readFileSync(path, 'utf8');
    sources.set(patch.file, patched(source, patch));
  }
}

test.each(MUTANTS)('$name still fits the source', (mutant) => {
  expect(() => patchAll(mutant)).not.toThrow();
});

test('a patch that fits nowhere, or in two places, is refused', () => {
  const patch = { file: 'any.ts', find: 'b', replace: 'c' };
  expect(patched('abd', patch)).toBe('acd');
  expect(() => patched('ad', patch)).toThrow(PatchError);
  expect(() => patched('abbd', patch)).toThrow(PatchError);
});

test('each mutant has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
