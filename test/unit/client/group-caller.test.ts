import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupCaller } from '../../../src/client/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS, type ReplicaAnswer } from '../../../src/replica/index.ts';
import {
  ANSWER_MS,
  BROKEN,
  done,
  GIBBERISH,
  inTurn,
  NO_LEADER,
  OVERLOADED,
  type Said,
  ScriptedPort,
  SILENT,
  UNKNOWN,
} from './support/scripted-port.ts';

const REPLICAS = ['one', 'two', 'three'];
const BODY = new Uint8Array([1, 2, 3]);
const DONE = done(new Uint8Array([4]));
const TIMEOUT_MS = 10_000;

const leads = (leader: number): ReplicaAnswer<never> => ({ type: 'not-leader', leader: asReplicaId(leader) });
const bytesOf = (answer: ReplicaAnswer<Uint8Array>) => REPLICA_ANSWER.encode(answer);

function groupOver(...answers: readonly Said[]) {
  const port = new ScriptedPort(inTurn(...answers));
  const group = new GroupCaller(REPLICAS, port);
  const call = (timeoutMs = TIMEOUT_MS) =>
    port.run(group.untilAnswered(REPLICA_PATHS.command, BODY, timeoutMs));
  return { port, group, call };
}

/** A call that the test drives by itself. */
function openCall(group: GroupCaller) {
  const call = group.untilAnswered(REPLICA_PATHS.command, BODY, TIMEOUT_MS);
  let step = call.next();
  return {
    /** Whom it asks now; undefined while it pauses. */
    get asks(): string | undefined {
      return !step.done && step.value.type === 'ask' ? step.value.attempt.replica : undefined;
    },
    hears(answer: ReplicaAnswer<Uint8Array> | undefined): void {
      step = call.next(answer && bytesOf(answer));
    },
    ends(): void {
      step = call.next();
    },
  };
}

describe('the search for the leader', () => {
  test('follows a hint at once, and begins there the next time', () => {
    const { port, call } = groupOver(leads(3), DONE, DONE);
    call();
    call();
    expect(port.replicas).toEqual(['one', 'three', 'three']);
    expect(port.pauses).toEqual([]);
  });

  test('follows the hint of a replica that lost its leadership under way', () => {
    const { port, call } = groupOver({ type: 'unknown', leader: asReplicaId(2) }, DONE);
    expect(call()).toMatchObject({ type: 'answered', mayBeExecuted: true });
    expect(port.replicas).toEqual(['one', 'two']);
    expect(port.pauses).toEqual([]);
  });

  test('tries one after the other where nobody knows', () => {
    const { port, call } = groupOver(NO_LEADER, BROKEN, NO_LEADER, DONE);
    call();
    expect(port.replicas).toEqual(['one', 'two', 'three', 'one']);
  });

  test('does not go round in circles without a pause', () => {
    const { port, call } = groupOver(leads(2), leads(1), leads(2), DONE);
    call();
    expect(port.replicas).toEqual(['one', 'two', 'one', 'two']);
    expect(port.pauses).toHaveLength(1);
  });

  test('waits longer each time, up to a limit', () => {
    const { port, call } = groupOver(...Array.from({ length: 9 }, () => NO_LEADER), DONE);
    call();
    expect(port.pauses).toEqual([3, 5, 10, 20, 40, 80, 100, 100, 100]);
  });

  test('waits for a random time, so that callers spread', () => {
    const port = new ScriptedPort(inTurn(NO_LEADER, NO_LEADER, NO_LEADER, DONE));
    const random = (bound: number) => bound - 1;
    const group = new GroupCaller(REPLICAS, {
      nowMs: () => port.nowMs(),
      wallClockMs: () => port.wallClockMs(),
      random,
      ask: (attempt, heard) => port.ask(attempt, heard),
      pause: (durationMs, over) => port.pause(durationMs, over),
    });
    port.run(group.untilAnswered(REPLICA_PATHS.query, BODY, TIMEOUT_MS));
    expect(port.pauses).toEqual([6, 10, 20]);
  });

  test('stays with a leader that is full', () => {
    const { port, call } = groupOver(leads(3), BROKEN, leads(3), OVERLOADED, DONE);
    call();
    expect(port.replicas).toEqual(['one', 'three', 'one', 'three', 'three']);
    expect(port.pauses).toHaveLength(2);
  });

  test('stays with a leader that it found when the time was nearly up, and leaves one that is silent for long', () => {
    const nobody = [NO_LEADER, NO_LEADER, NO_LEADER, NO_LEADER];
    const late = groupOver(...nobody, leads(3), SILENT);
    expect(late.call(80)).toMatchObject({ type: 'failed', mayBeExecuted: true });
    expect(late.port.replicas.at(-1)).toBe('three');
    expect(openCall(late.group).asks).toBe('three');
    const silent = groupOver(leads(3), SILENT);
    silent.call(80);
    expect(openCall(silent.group).asks).toBe('one');
  });

  test('stays with a leader that was named to it and then had less time than a call that begins there', () => {
    const nobody = [NO_LEADER, NO_LEADER, NO_LEADER];
    const named = groupOver(...nobody, leads(3), SILENT);
    named.call(80);
    expect(named.port.asked.at(-1)).toMatchObject({ replica: 'three', timeoutMs: 58 });
    expect(openCall(named.group).asks).toBe('three');
    const found = groupOver(...nobody, SILENT);
    found.call(80);
    expect(found.port.asked.at(-1)).toMatchObject({ replica: 'one', timeoutMs: 59 });
    expect(openCall(found.group).asks).toBe('two');
  });

  test('leaves a replica whose connection breaks, however little time there is', () => {
    const { port, group, call } = groupOver(NO_LEADER, NO_LEADER, NO_LEADER, NO_LEADER, BROKEN);
    call(80);
    expect(port.replicas.at(-1)).toBe('two');
    expect(openCall(group).asks).toBe('three');
  });

  test.each([0, 4, 2 ** 40])('does not follow a hint to replica %i, which it does not know', (id) => {
    const { port, call } = groupOver(leads(id), DONE);
    call();
    expect(port.replicas).toEqual(['one', 'two']);
  });

  test('does not ask a replica again that names itself without leading', () => {
    const { port, call } = groupOver(leads(1), DONE);
    call();
    expect(port.replicas).toEqual(['one', 'two']);
  });

  test('goes where another call has found the leader meanwhile', () => {
    const { group } = groupOver();
    const [first, second] = [openCall(group), openCall(group)];
    second.hears(leads(3));
    expect(second.asks).toBe('three');
    first.hears(undefined);
    expect(first.asks).toBe('three');
    expect(openCall(group).asks).toBe('three');
  });

  test('moves on once, however many calls had no answer', () => {
    const { group } = groupOver();
    const calls = [openCall(group), openCall(group), openCall(group)];
    for (const call of calls) call.hears(undefined);
    expect(openCall(group).asks).toBe('two');
  });
});

describe('a call', () => {
  test('is resent as it is', () => {
    const { port, call } = groupOver(BROKEN, leads(1), UNKNOWN, DONE);
    call();
    expect(port.asked.map(({ path, body }) => ({ path, body }))).toEqual(
      Array.from({ length: 4 }, () => ({ path: REPLICA_PATHS.command, body: BODY })),
    );
  });

  test('hands on what the group has answered', () => {
    const { call } = groupOver(done(BODY, 30));
    expect(call()).toEqual({
      type: 'answered',
      result: BODY,
      ageMsMax: 30,
      mayBeExecuted: false,
    });
  });

  test('gives each attempt the time that is left', () => {
    const { port, call } = groupOver(leads(2), leads(3), DONE);
    call(100);
    expect(port.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([100, 100 - ANSWER_MS, 100 - 2 * ANSWER_MS]);
  });

  test('ends when its time is up', () => {
    const { port, call } = groupOver(SILENT);
    expect(call(70)).toMatchObject({ type: 'failed', reason: 'no-answer', mayBeExecuted: true });
    expect(port.nowMs()).toBe(70);
  });

  test('never goes on longer, whatever it hears', () => {
    const said = fc.constantFrom<Said>(BROKEN, SILENT, NO_LEADER, UNKNOWN, leads(1), leads(2), OVERLOADED);
    fc.assert(
      fc.property(fc.array(said, { minLength: 1 }), fc.nat(1000), (answers, timeoutMs) => {
        let turn = 0;
        const port = new ScriptedPort(() => {
          turn += 1;
          return answers[turn % answers.length] ?? BROKEN;
        });
        const group = new GroupCaller(REPLICAS, port);
        port.run(group.untilAnswered(REPLICA_PATHS.command, BODY, timeoutMs));
        expect(port.nowMs()).toBeLessThanOrEqual(timeoutMs);
      }),
    );
  });

  test('that a full group refuses is over at once', () => {
    const { port, call } = groupOver(NO_LEADER, OVERLOADED);
    expect(call()).toEqual({ type: 'failed', reason: 'overloaded', mayBeExecuted: false });
    expect(port.asked).toHaveLength(2);
  });

  test.each([
    [{ type: 'unreadable', replica: asReplicaId(3) } as const, { reason: 'unreadable', replica: 3 }],
    [{ type: 'too-large', bytesMax: 9 } as const, { reason: 'too-large', bytesMax: 9 }],
  ])('that no log may hold is over at once: %o', (refusal, failed) => {
    const said = REPLICA_ANSWER.encode(refusal);
    expect(groupOver(said).call()).toEqual({ type: 'failed', mayBeExecuted: false, ...failed });
    expect(groupOver(BROKEN, said, DONE).call()).toMatchObject({ type: 'answered', mayBeExecuted: true });
  });

  test('that one replica fails to read goes on at another', () => {
    const { port, call } = groupOver(REPLICA_ANSWER.encode({ type: 'failed' }), DONE);
    expect(call()).toMatchObject({ type: 'answered', mayBeExecuted: false });
    expect(port.replicas).toEqual(['one', 'two']);
  });

  test('that a full group refuses goes on if an earlier attempt may be executed', () => {
    const { call } = groupOver(BROKEN, OVERLOADED, OVERLOADED, DONE);
    expect(call()).toMatchObject({ type: 'answered', mayBeExecuted: true });
  });

  test.each([
    ['had no answer', BROKEN, true],
    ['had one that nobody can read', GIBBERISH, true],
    ['was in the log of a leader that lost its leadership', UNKNOWN, true],
    ['was declined by one who does not lead', NO_LEADER, false],
    ['was sent on', leads(3), false],
  ] as const)('of which an attempt %s may be executed, or not (client.G1): %s', (_, said, mayBeExecuted) => {
    expect(groupOver(said, DONE).call()).toMatchObject({ type: 'answered', mayBeExecuted });
    const group = groupOver(said, NO_LEADER);
    expect(group.call(ANSWER_MS + 1)).toMatchObject({ type: 'failed', reason: 'no-answer', mayBeExecuted });
  });

  test('without time asks nobody', () => {
    const { port, call } = groupOver();
    expect(call(0)).toMatchObject({ type: 'failed', reason: 'no-answer', mayBeExecuted: false });
    expect(port.asked).toEqual([]);
  });
});

describe('a question to any one replica', () => {
  test('is asked once, of a random one', () => {
    const { port, group } = groupOver(leads(2));
    expect(port.run(group.askAnyone(REPLICA_PATHS.localQuery, BODY, 20))).toEqual(leads(2));
    expect(port.asked).toMatchObject([{ replica: 'one', path: REPLICA_PATHS.localQuery, timeoutMs: 20 }]);
  });

  test.each<Said>([BROKEN, SILENT, GIBBERISH])('may have no answer: %s', (said) => {
    const { port, group } = groupOver(said);
    expect(port.run(group.askAnyone(REPLICA_PATHS.localQuery, BODY, 20))).toBeUndefined();
  });
});

describe('replicas whose settings contradict their cluster', () => {
  const refuses: ReplicaAnswer<never> = { type: 'shard-count', made: 64, set: 32 };

  test('end the call at once when all of them say so', () => {
    const { port, call } = groupOver(refuses, refuses, refuses);
    expect(call()).toEqual({
      type: 'failed',
      reason: 'no-answer',
      mayBeExecuted: false,
      why: { type: 'shard-count', made: 64, set: 32 },
    });
    expect(port.replicas.toSorted()).toEqual(REPLICAS.toSorted());
    expect(port.nowMs()).toBeLessThan(1000);
  });

  test('are passed over for one that serves', () => {
    expect(groupOver(refuses, refuses, DONE).call()).toMatchObject({ type: 'answered' });
  });
});
