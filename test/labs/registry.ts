/** All tests of the course's that run here, in the course's order; but for lab 1's, which run in Node alone (lab1). */

import type { LabTest } from './lab-test.ts';
import { LAB_2_TESTS } from './lab2/index.ts';
import { LAB_3_TESTS } from './lab3/index.ts';
import { LAB_4_TESTS } from './lab4/index.ts';
import { LAB_5_TESTS } from './lab5/index.ts';

export const LAB_TESTS: readonly LabTest[] = [...LAB_2_TESTS, ...LAB_3_TESTS, ...LAB_4_TESTS, ...LAB_5_TESTS];

/** Tests by name or by lab (`TestCount3B`, `3B`, `3`); undefined if one of the words names none. */
export function selectTests(
  words: readonly string[],
  tests: readonly LabTest[] = LAB_TESTS,
): readonly LabTest[] | undefined {
  const isMeant = (word: string) => (test: LabTest) => test.name === word || test.lab.startsWith(word);
  if (words.some((word) => !tests.some(isMeant(word)))) return undefined;
  return words.length === 0 ? tests : tests.filter((test) => words.some((word) => isMeant(word)(test)));
}
