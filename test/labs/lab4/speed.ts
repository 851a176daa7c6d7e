/** How long an operation may take, and what it may cost: a group that waits for its heartbeat to replicate fails. */

import { check, type LabTest } from '../lab-test.ts';
import { kvTest } from './kv-test.ts';

const SERVERS = 3;
const APPENDS = 1000;
const MS_PER_APPEND_MAX = 100 / 3;
/**
 * Per append: the clerk's call, and to each of two followers an append. Some more for heartbeats, and for those that
 * tell the followers of the last commit.
 */
const RPCS_PER_APPEND_MAX = 3.5;

function speedTest(lab: '4A' | '4B', name: string, maxRaftState: number): LabTest {
  const options = { servers: SERVERS, isReliable: true, maxRaftState, runsAlone: true };
  return kvTest({ lab, name, ...options }, function* (kv) {
    const clerk = kv.clerks.make();
    yield* clerk.get('x');
    const { scheduler, network } = kv.world;
    const before = { ms: scheduler.nowMs, calls: network.calls };
    let expected = '';
    for (let count = 0; count < APPENDS; count += 1) {
      const token = `x 0 ${count} y`;
      yield* clerk.append('x', token);
      expected += token;
    }
    const tookMs = scheduler.nowMs - before.ms;
    const calls = network.calls - before.calls;
    check((yield* clerk.get('x')) === expected, 'the value is not that of all appends');
    return [
      { name: 'ms per append', measured: tookMs / APPENDS, atMost: MS_PER_APPEND_MAX },
      { name: 'RPCs per append', measured: calls / APPENDS, atMost: RPCS_PER_APPEND_MAX },
    ];
  });
}

export const SPEED_TESTS = {
  withoutSnapshots: speedTest('4A', 'TestSpeed4A', -1),
  withSnapshots: speedTest('4B', 'TestSpeed4B', 1000),
} as const;
