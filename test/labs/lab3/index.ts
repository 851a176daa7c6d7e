import type { LabTest } from '../lab-test.ts';
import { AGREEMENT_TESTS } from './agreement.ts';
import { CHURN_TESTS } from './churn.ts';
import { ELECTION_TESTS } from './election.ts';
import { FIGURE_8_TESTS } from './figure8.ts';
import { PERSISTENCE_TESTS } from './persistence.ts';
import { SNAPSHOT_TESTS } from './snapshots.ts';
import { TRAFFIC_TESTS } from './traffic.ts';

export const LAB_3_TESTS: readonly LabTest[] = [
  ...ELECTION_TESTS,
  ...AGREEMENT_TESTS,
  ...TRAFFIC_TESTS,
  ...PERSISTENCE_TESTS,
  ...FIGURE_8_TESTS,
  ...CHURN_TESTS,
  ...SNAPSHOT_TESTS,
];
