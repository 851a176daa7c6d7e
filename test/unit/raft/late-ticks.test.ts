/** A replica that did not run itself has no right to call others silent (timers.ts). */

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/raft/index.ts';
import { follower, leader, receive, step } from './rig/replica.ts';

const { electionTimeoutMs, heartbeatIntervalMs } = DEFAULT_LIMITS;
const LATE_MS = 10 * electionTimeoutMs;
const tick = { type: 'tick' } as const;

const heartbeat = {
  type: 'append-request',
  from: 2,
  term: 3,
  previous: { index: 0, term: 0 },
  entries: [],
  commit: 0,
  readRound: 0,
  touch: false,
} as const;

describe('a follower', () => {
  const follows = () => follower({ term: 3 });

  test('whose tick is in time campaigns when the leader is silent', () => {
    const raft = follows();
    step(raft, electionTimeoutMs, tick);
    expect(raft.role).toBe('pre-candidate');
  });

  test('whose tick is late grants the leader another time-out', () => {
    const raft = follows();
    step(raft, LATE_MS, tick);
    expect(raft).toMatchObject({ role: 'follower', leader: 2 });
    expect(raft.deadline()).toBe(LATE_MS + electionTimeoutMs);
  });

  test('campaigns if the leader is silent then, too, however late its ticks are', () => {
    const raft = follows();
    step(raft, LATE_MS, tick);
    step(raft, 2 * LATE_MS, tick);
    expect(raft.role).toBe('pre-candidate');
  });

  test('grants it again when the leader was heard in between', () => {
    const raft = follows();
    step(raft, LATE_MS, tick);
    receive(raft, LATE_MS, heartbeat);
    step(raft, 2 * LATE_MS, tick);
    expect(raft.role).toBe('follower');
  });
});

describe('a leader', () => {
  const answer = (raft: ReturnType<typeof leader>, nowMs: number) =>
    receive(raft, nowMs, {
      type: 'append-reply',
      from: 2,
      term: 1,
      result: { type: 'accepted', match: 1 },
      readRound: 0,
      touched: false,
    });

  function tickUntil(raft: ReturnType<typeof leader>, fromMs: number, endMs: number): void {
    for (let nowMs = fromMs; nowMs <= endMs; nowMs += heartbeatIntervalMs) step(raft, nowMs, tick);
  }

  test('whose ticks are in time steps down when nobody answers', () => {
    const raft = leader();
    tickUntil(raft, heartbeatIntervalMs, 2 * electionTimeoutMs);
    expect(raft.role).toBe('follower');
  });

  test('whose tick is late asks the others first', () => {
    const raft = leader();
    expect(step(raft, LATE_MS, tick).messages).toHaveLength(2);
    answer(raft, LATE_MS + 10);
    tickUntil(raft, LATE_MS + heartbeatIntervalMs, LATE_MS + electionTimeoutMs);
    expect(raft.role).toBe('leader');
  });

  test('steps down if they do not answer then, too', () => {
    const raft = leader();
    step(raft, LATE_MS, tick);
    tickUntil(raft, LATE_MS + heartbeatIntervalMs, LATE_MS + electionTimeoutMs);
    expect(raft.role).toBe('follower');
  });

  test('is excused once in a row', () => {
    const raft = leader();
    step(raft, LATE_MS, tick);
    step(raft, 2 * LATE_MS, tick);
    expect(raft.role).toBe('follower');
  });
});
