import type { LabTest } from '../lab-test.ts';
import { MEMORY_TESTS } from './memory.ts';
import { ROUNDS_TESTS } from './rounds.ts';

export const LAB_2_TESTS: readonly LabTest[] = [...ROUNDS_TESTS, ...MEMORY_TESTS];
