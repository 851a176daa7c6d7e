import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Clerk, type ClerkOptions, type Request, type Step } from '../../../src/client/index.ts';
import {
  type CommandResult,
  clientIdRenewMs,
  DEFAULT_KV_SETTINGS,
  decodeCommand,
  encodeResult,
  issuedAtMs,
  type QueryResult,
  type SessionCommand,
} from '../../../src/kv/index.ts';
import type { ReplicaAnswer } from '../../../src/protocol/index.ts';
import { asReplicaId, type ReplicaId } from '../../../src/raft/index.ts';

const START_MS = 1_700_000_000_000;
const [ONE, TWO, THREE] = [asReplicaId(1), asReplicaId(2), asReplicaId(3)];
const WRITTEN: CommandResult = { type: 'written', version: 1 };
const NO_LEADER: ReplicaAnswer = { type: 'not-leader', leader: undefined };

interface Asked {
  readonly replica: ReplicaId;
  readonly command: SessionCommand | undefined;
}

/** Answers in turn, and keeps what was asked. The clock stands still but for pauses. */
function setUp(options: Partial<ClerkOptions> = {}) {
  let nowMs = START_MS;
  let ids = 0;
  const clerk = new Clerk({
    replicas: [ONE, TWO, THREE],
    settings: DEFAULT_KV_SETTINGS,
    giveUpAfterMs: 10_000,
    nowMs: () => nowMs,
    random: () => 0,
    uniquePart: () => {
      ids += 1;
      return `id${ids}`;
    },
    ...options,
  });
  const asked: Asked[] = [];
  const pauses: number[] = [];

  function run<Outcome>(
    call: Generator<Step, Outcome, ReplicaAnswer | undefined>,
    ...answers: readonly (ReplicaAnswer | undefined)[]
  ): Outcome {
    let at = 0;
    let step = call.next();
    while (!step.done) {
      if (step.value.type === 'pause') {
        pauses.push(step.value.durationMs);
        nowMs += step.value.durationMs;
        step = call.next();
      } else {
        if (at === answers.length) throw new Error('the clerk asks more often than expected');
        asked.push(asking(step.value.replica, step.value.request));
        step = call.next(answers[at]);
        at += 1;
      }
    }
    if (at < answers.length) throw new Error('the clerk asks less often than expected');
    return step.value;
  }

  return { clerk, run, asked, pauses, passMs: (durationMs: number) => (nowMs += durationMs) };
}

function asking(replica: ReplicaId, { body }: Request): Asked {
  return { replica, command: decodeCommand(body) };
}

function done(result: CommandResult | QueryResult): ReplicaAnswer {
  return { type: 'done', index: 7, result: encodeResult(result) };
}

function expired(timeMs: number): ReplicaAnswer {
  return done({ type: 'session-expired', timeMs });
}

const sessions = (asked: readonly Asked[]) => asked.map(({ command }) => command?.session);
const replicas = (asked: readonly Asked[]) => asked.map(({ replica }) => replica);
const value = new Uint8Array([1, 2, 3]);

describe('a clerk', () => {
  test('numbers its writes from 1, under one id; a read has no session', () => {
    const { clerk, run, asked } = setUp();
    run(clerk.put('a', value), done(WRITTEN));
    run(clerk.get('a'), done({ type: 'absent' }));
    run(clerk.append('a', value), done({ type: 'appended', version: 2, previous: value }));
    run(clerk.delete('a'), done({ type: 'deleted', version: 3, existed: true }));
    const client = sessions(asked)[0]?.client;
    expect(sessions(asked)).toEqual([
      { client, sequence: 1 },
      undefined,
      { client, sequence: 2 },
      { client, sequence: 3 },
    ]);
    expect(issuedAtMs(client ?? '', DEFAULT_KV_SETTINGS)).toBe(START_MS);
  });

  test.each([
    ['absent', { type: 'absent' }],
    ['found', { type: 'found', value, version: 4 }],
  ] as const)('hands on what a read says: %s', (_, result) => {
    const { clerk, run } = setUp();
    expect(run(clerk.get('a'), done(result))).toEqual(result);
  });

  test.each([
    ['an append', { type: 'appended', version: 2, previous: undefined }],
    ['a refusal', { type: 'value-too-large', bytesMax: 3 }],
    ['a mistake of its own', { type: 'sequence-reused' }],
  ] as const)('hands on what a write says: %s', (_, result) => {
    const { clerk, run } = setUp();
    expect(run(clerk.append('a', value), done(result))).toEqual(result);
  });

  test('makes one call at a time', () => {
    const { clerk, run } = setUp();
    const first = clerk.put('a', value);
    first.next();
    expect(() => run(clerk.get('a'))).toThrow('one call at a time');
    first.return({ type: 'unknown', reason: 'no-answer' });
    expect(run(clerk.get('a'), done({ type: 'absent' })).type).toBe('absent');
  });
});

describe('a write that was not answered', () => {
  test('goes to another replica under the same session (C1)', () => {
    const { clerk, run, asked } = setUp();
    const unknown: ReplicaAnswer = { type: 'unknown', leader: undefined };
    expect(run(clerk.put('a', value), undefined, unknown, NO_LEADER, done(WRITTEN))).toEqual(WRITTEN);
    expect(replicas(asked)).toEqual([ONE, TWO, THREE, ONE]);
    expect(new Set(sessions(asked).map((session) => JSON.stringify(session))).size).toBe(1);
  });

  test('is unknown when the time is up (C3), and the next write has the next number', () => {
    const { clerk, run, asked } = setUp({ giveUpAfterMs: 0 });
    expect(run(clerk.put('a', value), undefined)).toEqual({ type: 'unknown', reason: 'no-answer' });
    run(clerk.put('a', value), done(WRITTEN));
    expect(sessions(asked).map((session) => session?.sequence)).toEqual([1, 2]);
  });

  test('stays unknown when nobody takes it afterwards', () => {
    const { clerk, run } = setUp({ giveUpAfterMs: 3 });
    const outcome = run(clerk.put('a', value), undefined, { type: 'overloaded' });
    expect(outcome).toEqual({ type: 'unknown', reason: 'no-answer' });
  });
});

describe('a write that nobody took', () => {
  test.each([
    ['no-answer', NO_LEADER],
    ['overloaded', { type: 'overloaded' }],
  ] as const)('is not executed: %s', (reason, answer) => {
    const { clerk, run } = setUp({ giveUpAfterMs: 0 });
    expect(run(clerk.put('a', value), answer)).toEqual({ type: 'not-executed', reason });
  });

  test('because the group has not its shard is not executed', () => {
    const { clerk, run } = setUp();
    const outcome = run(clerk.put('a', value), { type: 'wrong-group', configuration: 3, owner: 2 });
    expect(outcome).toEqual({ type: 'not-executed', reason: 'wrong-group' });
  });
});

describe('the search for the leader', () => {
  test('follows a hint at once, and begins there the next time', () => {
    const { clerk, run, asked, pauses } = setUp();
    run(clerk.put('a', value), { type: 'not-leader', leader: THREE }, done(WRITTEN));
    run(clerk.put('a', value), done(WRITTEN));
    expect(replicas(asked)).toEqual([ONE, THREE, THREE]);
    expect(pauses).toEqual([]);
  });

  test('does not go round in circles without a pause', () => {
    const { clerk, run, asked, pauses } = setUp();
    const toTwo: ReplicaAnswer = { type: 'not-leader', leader: TWO };
    const toOne: ReplicaAnswer = { type: 'not-leader', leader: ONE };
    run(clerk.put('a', value), toTwo, toOne, toTwo, done(WRITTEN));
    expect(replicas(asked)).toEqual([ONE, TWO, ONE, TWO]);
    expect(pauses).toHaveLength(1);
  });

  test('waits longer each time, up to a limit', () => {
    const { clerk, run, pauses } = setUp();
    run(clerk.put('a', value), ...Array.from({ length: 9 }, () => NO_LEADER), done(WRITTEN));
    expect(pauses).toEqual([3, 5, 10, 20, 40, 80, 100, 100, 100]);
  });

  test('stays with a leader that is full', () => {
    const { clerk, run, asked } = setUp();
    run(clerk.put('a', value), { type: 'overloaded' }, done(WRITTEN));
    expect(replicas(asked)).toEqual([ONE, ONE]);
  });

  test('does not follow a hint to a replica that it does not know', () => {
    const { clerk, run, asked } = setUp();
    run(clerk.put('a', value), { type: 'not-leader', leader: asReplicaId(9) }, done(WRITTEN));
    expect(replicas(asked)).toEqual([ONE, TWO]);
  });
});

describe('a client id', () => {
  test('is renewed between two writes when it is old, and no sooner', () => {
    const { clerk, run, asked, passMs } = setUp();
    const renewMs = clientIdRenewMs(DEFAULT_KV_SETTINGS);
    run(clerk.put('a', value), done(WRITTEN));
    passMs(renewMs - 1);
    run(clerk.put('a', value), done(WRITTEN));
    passMs(1);
    run(clerk.put('a', value), done(WRITTEN));
    const [first, second, third] = sessions(asked);
    expect(second).toEqual({ client: first?.client, sequence: 2 });
    expect(third?.client).not.toBe(first?.client);
    expect(third?.sequence).toBe(1);
    expect(issuedAtMs(third?.client ?? '', DEFAULT_KV_SETTINGS)).toBe(START_MS + renewMs);
  });

  test('that is refused at the first attempt is replaced by one of the time of the shard (C2)', () => {
    const { clerk, run, asked } = setUp();
    expect(run(clerk.put('a', value), expired(START_MS + 900_000), done(WRITTEN))).toEqual(WRITTEN);
    const [first, second] = sessions(asked);
    expect(second?.client).not.toBe(first?.client);
    expect(issuedAtMs(second?.client ?? '', DEFAULT_KV_SETTINGS)).toBe(START_MS + 900_000);
  });

  test('that is refused after declined attempts is replaced too: those executed nothing (C2)', () => {
    const { clerk, run } = setUp();
    const outcome = run(clerk.put('a', value), NO_LEADER, { type: 'overloaded' }, expired(1), done(WRITTEN));
    expect(outcome).toEqual(WRITTEN);
  });

  test.each([
    ['without an answer', undefined],
    ['of unknown outcome', { type: 'unknown', leader: undefined }],
  ] as const)('that is refused after an attempt %s makes the outcome unknown (C2)', (_, answer) => {
    const { clerk, run, asked } = setUp();
    const outcome = run(clerk.put('a', value), answer, expired(START_MS));
    expect(outcome).toEqual({ type: 'unknown', reason: 'session-expired' });
    run(clerk.put('a', value), done(WRITTEN));
    expect(sessions(asked)[2]?.client).not.toBe(sessions(asked)[1]?.client);
  });

  test('names each write of a client once, whatever answers come (S1)', () => {
    const answers = fc.constantFrom<readonly (ReplicaAnswer | undefined)[]>(
      [done(WRITTEN)],
      [undefined, done(WRITTEN)],
      [expired(START_MS), done(WRITTEN)],
      [undefined, expired(START_MS)],
      [NO_LEADER, expired(START_MS), undefined, done(WRITTEN)],
    );
    const step = fc.record({ answers, pauseMs: fc.nat(2 * clientIdRenewMs(DEFAULT_KV_SETTINGS)) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { clerk, run, asked, passMs } = setUp();
        const writeOf = new Map<string, number>();
        for (const [write, { answers: given, pauseMs }] of steps.entries()) {
          const before = asked.length;
          run(clerk.put('a', value), ...given);
          for (const session of sessions(asked.slice(before))) {
            const name = JSON.stringify(session);
            expect(writeOf.get(name) ?? write).toBe(write);
            writeOf.set(name, write);
          }
          passMs(pauseMs);
        }
      }),
    );
  });
});
