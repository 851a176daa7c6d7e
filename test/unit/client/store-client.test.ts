import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CommandResult,
  clientIdRenewMs,
  DEFAULT_KV_SETTINGS,
  issuedAtMs,
  SESSION_COMMAND,
} from '../../../src/kv/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { asGroupId } from '../../../src/shard/index.ts';
import {
  BROKEN,
  done,
  GIBBERISH,
  NO_LEADER,
  OVERLOADED,
  reply,
  type Said,
  SILENT,
  START_MS,
  UNKNOWN,
} from './support/scripted-port.ts';
import {
  ABSENT,
  APPEND,
  answered,
  clientHearing,
  clientOver,
  expired,
  failed,
  WRITTEN,
} from './support/store-client.ts';

const RENEW_MS = clientIdRenewMs(DEFAULT_KV_SETTINGS);

describe('a write', () => {
  test('is numbered from 1 under one id, each with the next number; a read has no session', () => {
    const { port, client, sessions, write } = clientHearing(
      reply(WRITTEN),
      reply(ABSENT),
      reply(WRITTEN),
      reply(WRITTEN),
    );
    write();
    port.run(client.read('key'));
    write();
    write();
    const id = sessions()[0]?.client ?? '';
    expect(sessions()).toEqual([1, 2, 3].map((sequence) => ({ client: id, sequence })));
    expect(issuedAtMs(id, DEFAULT_KV_SETTINGS)).toBe(START_MS);
  });

  test.each<[string, Exclude<CommandResult, { type: 'session-expired' }>]>([
    ['an append', { type: 'appended', version: 2, length: 3, previous: { type: 'absent' } }],
    ['a deletion', { type: 'deleted', version: 3, existed: true }],
    ['a refusal', { type: 'value-too-large', bytesMax: 3 }],
    ['a mistake', { type: 'sequence-reused' }],
  ])('hands on what it came to: %s', (_, result) => {
    expect(clientHearing(reply(result)).write()).toEqual(answered(result));
  });

  test.each([
    ['a value', reply(ABSENT)],
    ['a page', reply({ type: 'scanned', rows: [], done: true, revision: 0 })],
    [
      'a refusal of a group that has all shards',
      reply({ type: 'wrong-group', configuration: 1, owner: asGroupId(2) }),
    ],
    ['bytes of another version', done(GIBBERISH)],
  ])('that is answered with %s may be executed', (_, said) => {
    expect(clientHearing(said).write()).toMatchObject(failed('no-answer', true));
  });

  test('of a caller with a session goes out under that, also when it is resent', () => {
    const session = { client: 'theirs', sequence: 9 };
    const { port, client, sessions } = clientHearing(BROKEN, NO_LEADER, reply(WRITTEN), reply(WRITTEN));
    expect(port.run(client.write(APPEND, session))).toEqual(answered(WRITTEN, { mayBeExecuted: true }));
    expect(sessions()).toEqual([session, session, session]);
    port.run(client.write(APPEND));
    expect(sessions()[3]?.client).not.toBe('theirs');
  });
});

describe('a write that was not answered', () => {
  test('goes to another replica under the same session (client.C1)', () => {
    const { port, sessions, write } = clientHearing(BROKEN, UNKNOWN, NO_LEADER, reply(WRITTEN));
    expect(write()).toEqual(answered(WRITTEN, { mayBeExecuted: true }));
    expect(port.replicas).toEqual(['one', 'two', 'three', 'one']);
    expect(new Set(sessions().map((session) => JSON.stringify(session))).size).toBe(1);
  });

  test('may be executed when the time is up (client.C3), and the next write has the next number', () => {
    const { sessions, write } = clientHearing(SILENT, reply(WRITTEN));
    expect(write()).toMatchObject(failed('no-answer', true));
    expect(write()).toEqual(answered(WRITTEN));
    const [first, second] = sessions();
    expect(second).toEqual({ client: first?.client, sequence: 2 });
  });

  test.each([
    ['is full', OVERLOADED],
    ['has no leader', NO_LEADER],
  ])('may still be executed when the group %s afterwards', (_, afterwards) => {
    let isFirst = true;
    const { write } = clientOver(() => {
      const said = isFirst ? BROKEN : afterwards;
      isFirst = false;
      return said;
    }, 300);
    expect(write()).toMatchObject(failed('no-answer', true));
  });
});

describe('a write that nobody took', () => {
  test('is not executed: nobody leads', () => {
    expect(clientOver(() => NO_LEADER, 300).write()).toMatchObject(failed('no-answer', false));
  });

  test('is not executed: the leader is full, and says so at once', () => {
    const { port, write } = clientHearing({ type: 'not-leader', leader: asReplicaId(2) }, OVERLOADED);
    expect(write()).toMatchObject(failed('overloaded', false));
    expect(port.pauses).toEqual([]);
  });
});

describe('a client id', () => {
  test('is renewed between two writes when it is old (client.N2)', () => {
    const { port, sessions, write } = clientOver(() => reply(WRITTEN));
    write();
    port.passMs(RENEW_MS);
    write();
    expect(sessions()[1]?.client).not.toBe(sessions()[0]?.client);
    expect(sessions()[1]?.sequence).toBe(1);
  });

  test('that is refused at the first attempt is replaced by one of the time of the shard (client.C2)', () => {
    const { sessions, write } = clientHearing(expired(START_MS + 900_000), reply(WRITTEN));
    expect(write()).toEqual(answered(WRITTEN));
    const [first, second] = sessions();
    expect(second?.client).not.toBe(first?.client);
    expect(issuedAtMs(second?.client ?? '', DEFAULT_KV_SETTINGS)).toBe(START_MS + 900_000);
  });

  test('that is refused after declined attempts is replaced too: those executed nothing (client.C2)', () => {
    const { write } = clientHearing(NO_LEADER, NO_LEADER, expired(1), reply(WRITTEN));
    expect(write()).toEqual(answered(WRITTEN));
  });

  test.each<[string, Said]>([
    ['without an answer', BROKEN],
    ['of unknown outcome', UNKNOWN],
  ])('that is refused after an attempt %s leaves the outcome open (client.C2)', (_, said) => {
    const { sessions, write } = clientHearing(said, expired(START_MS), reply(WRITTEN));
    expect(write()).toMatchObject(failed('no-answer', true));
    write();
    expect(sessions()[2]?.client).not.toBe(sessions()[1]?.client);
  });

  test('that is refused again and again does not keep the caller beyond the deadline', () => {
    const { port, write } = clientOver(() => expired(1), 300);
    expect(write()).toMatchObject(failed('no-answer', false));
    expect(port.nowMs()).toBeLessThanOrEqual(300);
  });

  test('of the caller is never replaced: that it is refused is for the caller to hear', () => {
    const { port, client } = clientHearing(expired(5));
    const outcome = port.run(client.write(APPEND, { client: 'theirs', sequence: 1 }));
    expect(outcome).toEqual(answered({ type: 'session-expired', timeMs: 5 }));
  });

  test('of the caller that is refused after a resend leaves the outcome open (client.C3)', () => {
    const { port, client } = clientHearing(BROKEN, expired(5));
    const outcome = port.run(client.write(APPEND, { client: 'theirs', sequence: 1 }));
    expect(outcome).toMatchObject(failed('no-answer', true));
  });

  test('and a number name one write, whatever answers come (client.N1)', () => {
    const answers = fc.constantFrom<readonly Said[]>(
      [reply(WRITTEN)],
      [BROKEN, reply(WRITTEN)],
      [SILENT],
      [expired(START_MS), reply(WRITTEN)],
      [BROKEN, expired(START_MS)],
      [NO_LEADER, expired(START_MS), BROKEN, reply(WRITTEN)],
    );
    const step = fc.record({ answers, pauseMs: fc.nat(2 * RENEW_MS) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { port, sessions, write } = clientHearing(...steps.flatMap(({ answers: given }) => given));
        const writeOf = new Map<string, number>();
        for (const [at, { pauseMs }] of steps.entries()) {
          const before = sessions().length;
          write();
          for (const session of sessions().slice(before)) {
            const name = JSON.stringify(session);
            expect(writeOf.get(name) ?? at).toBe(at);
            writeOf.set(name, at);
          }
          port.passMs(pauseMs);
        }
      }),
    );
  });

  test('is lent to one write at a time, and goes back also after an unknown outcome', () => {
    const { port, client, sessions, write } = clientOver(({ body }) => {
      const { sequence } = SESSION_COMMAND.decode(body).session;
      return sequence === 1 ? SILENT : reply(WRITTEN);
    });
    port.runAll([client.write(APPEND), client.write(APPEND), client.write(APPEND)]);
    const lent = new Set(sessions().map((session) => session.client));
    expect(lent.size).toBe(3);
    write();
    const last = sessions().at(-1);
    expect(last?.sequence).toBe(2);
    expect(lent).toContain(last?.client);
  });
});

test('each call ends within its deadline, whatever it hears', () => {
  const said = fc.constantFrom<Said>(BROKEN, SILENT, NO_LEADER, UNKNOWN, OVERLOADED, expired(1));
  fc.assert(
    fc.property(fc.array(said, { minLength: 1 }), fc.nat(1000), (answers, deadlineMs) => {
      let turn = 0;
      const script = () => {
        turn += 1;
        return answers[turn % answers.length] ?? BROKEN;
      };
      const calls = [
        ({ client }: ReturnType<typeof clientOver>) => client.write(APPEND),
        ({ client }: ReturnType<typeof clientOver>) => client.read('key'),
        ({ client }: ReturnType<typeof clientOver>) => client.readStale('key', 3),
      ];
      for (const call of calls) {
        const over = clientOver(script, deadlineMs);
        over.port.run<unknown>(call(over));
        expect(over.port.nowMs()).toBeLessThanOrEqual(deadlineMs);
      }
    }),
  );
});
