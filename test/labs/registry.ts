/** All tests of the course's that run here, in the course's order. */

import type { LabTest } from './lab-test.ts';
import { LAB_2_TESTS } from './lab2/index.ts';
import { LAB_3_TESTS } from './lab3/index.ts';
import { LAB_4_TESTS } from './lab4/index.ts';
import { LAB_5_TESTS } from './lab5/index.ts';

export const LAB_TESTS: readonly LabTest[] = [...LAB_2_TESTS, ...LAB_3_TESTS, ...LAB_4_TESTS, ...LAB_5_TESTS];

/** Tests by name or by lab (`TestCount3B`, `3B`, `3`); undefined if one of the words names none. */
export function selectTests(words: readonly string[]): readonly LabTest[] | undefined {
  const isMeant = (word: string) => (test: LabTest) => test.name === word || test.lab.startsWith(word);
  if (words.some((word) => !LAB_TESTS.some(isMeant(word)))) return undefined;
  return words.length === 0
    ? LAB_TESTS
    : LAB_TESTS.filter((test) => words.some((word) => isMeant(word)(test)));
}
