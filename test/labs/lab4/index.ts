import type { LabTest } from '../lab-test.ts';
import { ONE_PARTITION_TESTS } from './one-partition.ts';
import { roundsTest } from './rounds.ts';
import { SNAPSHOT_TESTS } from './snapshots.ts';
import { SPEED_TESTS } from './speed.ts';

const faulty = { isReliable: false, crash: true, partitions: true } as const;

export const LAB_4_TESTS: readonly LabTest[] = [
  roundsTest({ lab: '4A', name: 'TestBasic4A', clients: 1 }),
  SPEED_TESTS.withoutSnapshots,
  roundsTest({ lab: '4A', name: 'TestConcurrent4A', clients: 5 }),
  roundsTest({ lab: '4A', name: 'TestUnreliable4A', clients: 5, isReliable: false }),
  ...ONE_PARTITION_TESTS,
  roundsTest({ lab: '4A', name: 'TestManyPartitionsOneClient4A', clients: 1, partitions: true }),
  roundsTest({ lab: '4A', name: 'TestManyPartitionsManyClients4A', clients: 5, partitions: true }),
  roundsTest({ lab: '4A', name: 'TestPersistOneClient4A', clients: 1, crash: true }),
  roundsTest({ lab: '4A', name: 'TestPersistConcurrent4A', clients: 5, crash: true }),
  roundsTest({
    lab: '4A',
    name: 'TestPersistConcurrentUnreliable4A',
    clients: 5,
    isReliable: false,
    crash: true,
  }),
  roundsTest({ lab: '4A', name: 'TestPersistPartition4A', clients: 5, crash: true, partitions: true }),
  roundsTest({ lab: '4A', name: 'TestPersistPartitionUnreliable4A', clients: 5, ...faulty }),
  roundsTest({
    lab: '4A',
    name: 'TestPersistPartitionUnreliableLinearizable4A',
    clients: 15,
    servers: 7,
    keys: 'random',
    ...faulty,
  }),
  ...SNAPSHOT_TESTS,
  SPEED_TESTS.withSnapshots,
  roundsTest({ lab: '4B', name: 'TestSnapshotRecover4B', clients: 1, crash: true, maxRaftState: 1000 }),
  roundsTest({
    lab: '4B',
    name: 'TestSnapshotRecoverManyClients4B',
    clients: 20,
    crash: true,
    maxRaftState: 1000,
  }),
  roundsTest({
    lab: '4B',
    name: 'TestSnapshotUnreliable4B',
    clients: 5,
    isReliable: false,
    maxRaftState: 1000,
  }),
  roundsTest({
    lab: '4B',
    name: 'TestSnapshotUnreliableRecover4B',
    clients: 5,
    isReliable: false,
    crash: true,
    maxRaftState: 1000,
  }),
  roundsTest({
    lab: '4B',
    name: 'TestSnapshotUnreliableRecoverConcurrentPartition4B',
    clients: 5,
    maxRaftState: 1000,
    ...faulty,
  }),
  roundsTest({
    lab: '4B',
    name: 'TestSnapshotUnreliableRecoverConcurrentPartitionLinearizable4B',
    clients: 15,
    servers: 7,
    maxRaftState: 1000,
    keys: 'random',
    ...faulty,
  }),
];
