import type { LabTest } from '../lab-test.ts';
import { BEYOND_TESTS } from './beyond.ts';
import { CHALLENGE_TESTS } from './challenges.ts';
import { CONCURRENT_TESTS } from './concurrent.ts';
import { CONTROLLER_TESTS } from './controller.ts';
import { MOVEMENT_TESTS } from './movement.ts';
import { STATIC_TESTS } from './static.ts';

/** The course's 17. */
export const COURSE_TESTS: readonly LabTest[] = [
  ...CONTROLLER_TESTS,
  ...STATIC_TESTS,
  ...MOVEMENT_TESTS,
  ...CONCURRENT_TESTS,
  ...CHALLENGE_TESTS,
];

/** With ours, under their own names. */
export const LAB_5_TESTS: readonly LabTest[] = [...COURSE_TESTS, ...BEYOND_TESTS];
