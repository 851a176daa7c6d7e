import { expect, test } from 'vitest';
import { ANSWERS, GATHERED_LIMITS, QUESTIONS, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { answerGathered } from '../../../src/store/answer-gathered.ts';
import type { Respond, Server } from '../../../src/store/index.ts';

const { command, query } = REPLICA_PATHS;

/** Keeps those who ask, to be answered by the test. */
class HeldServer implements Server {
  readonly asked: { path: string; body: Uint8Array; respond: Respond; isWanted: () => boolean }[] = [];

  handle(path: string, body: Uint8Array, respond: Respond, isWanted = () => true): void {
    this.asked.push({ path, body, respond, isWanted });
  }
}

const AT_ONCE = { together: (all: () => void) => all(), keepAnswer: () => () => undefined };

function ask(paths: readonly (typeof command | typeof query)[]) {
  const server = new HeldServer();
  const responses: (Uint8Array | undefined)[] = [];
  let together = 0;
  let keptBytes = 0;
  const questions = paths.map((path, at) => ({ path, body: Uint8Array.of(at) }));
  const gathering = {
    together(all: () => void) {
      together += 1;
      all();
    },
    keepAnswer(bytes: number) {
      keptBytes += bytes;
      return () => {
        keptBytes -= bytes;
      };
    },
  };
  answerGathered(server, gathering, QUESTIONS.encode(questions), (answer) => responses.push(answer));
  return { server, responses, together: () => together, keptBytes: () => keptBytes };
}

function answersIn(responses: readonly (Uint8Array | undefined)[]) {
  expect(responses).toHaveLength(1);
  return ANSWERS.decode(responses[0] ?? new Uint8Array(0));
}

test('the call is answered when the last question is, in the order of the questions', () => {
  const { server, responses, together } = ask([command, query, command]);
  expect(together()).toBe(1);
  expect(server.asked.map(({ path }) => path)).toEqual([command, query, command]);
  server.asked[2]?.respond(Uint8Array.of(12));
  server.asked[0]?.respond(Uint8Array.of(10));
  expect(responses).toEqual([]);
  server.asked[1]?.respond(undefined);
  expect(answersIn(responses)).toEqual([
    { type: 'answered', answer: Uint8Array.of(10) },
    { type: 'silent' },
    { type: 'answered', answer: Uint8Array.of(12) },
  ]);
});

test('a query whose answer has no room left is to be asked alone, and what may be executed is answered', () => {
  const { server, responses } = ask([query, query, command]);
  server.asked[0]?.respond(new Uint8Array(GATHERED_LIMITS.bytesMax));
  server.asked[1]?.respond(new Uint8Array(1));
  server.asked[2]?.respond(new Uint8Array(GATHERED_LIMITS.bytesMax));
  expect(answersIn(responses).map(({ type }) => type)).toEqual(['answered', 'ask-alone', 'answered']);
});

test('a query that has lost its place is not wanted any more, and nobody waits for it', () => {
  const { server, responses } = ask([query, query, query]);
  expect(server.asked[2]?.isWanted()).toBe(true);
  server.asked[0]?.respond(new Uint8Array(GATHERED_LIMITS.bytesMax));
  expect(server.asked[2]?.isWanted()).toBe(true);
  server.asked[1]?.respond(new Uint8Array(1));
  expect(server.asked[2]?.isWanted()).toBe(false);
  expect(answersIn(responses).map(({ type }) => type)).toEqual(['answered', 'ask-alone', 'ask-alone']);
  server.asked[2]?.respond(new Uint8Array(1));
  expect(responses).toHaveLength(1);
});

test('large answers count among those that have not left, until the call is answered', () => {
  const { server, keptBytes } = ask([command, command]);
  server.asked[0]?.respond(new Uint8Array(1_000_000));
  expect(keptBytes()).toBe(1_000_000);
  server.asked[1]?.respond(new Uint8Array(1));
  expect(keptBytes()).toBe(0);
});

test.each([
  ['what nobody can read', Uint8Array.of(255)],
  ['no questions at all', QUESTIONS.encode([])],
])('%s is answered with nothing', (_, body) => {
  const server = new HeldServer();
  const responses: unknown[] = [];
  answerGathered(server, AT_ONCE, body, (answer) => responses.push(answer));
  expect(responses).toEqual([undefined]);
  expect(server.asked).toEqual([]);
});

test('nothing but commands and queries is taken', () => {
  const body = QUESTIONS.encode([{ path: command, body: Uint8Array.of(1) }]);
  const at = Buffer.from(body).indexOf(command);
  const forged = Buffer.from(body);
  forged.write('/readmit', at);
  expect(QUESTIONS.tryDecode(forged)).toBeUndefined();
});

test('a question that cannot be asked is answered with nothing, and the others are asked all the same', () => {
  const responses: (Uint8Array | undefined)[] = [];
  const server: Server = {
    handle(path, _, respond) {
      if (path === query) throw new Error('no such disk');
      respond(Uint8Array.of(1));
    },
  };
  const body = QUESTIONS.encode([
    { path: query, body: Uint8Array.of() },
    { path: command, body: Uint8Array.of() },
  ]);
  const ask = () => answerGathered(server, AT_ONCE, body, (answer) => responses.push(answer));
  expect(ask).toThrow('no such disk');
  expect(answersIn(responses).map(({ type }) => type)).toEqual(['silent', 'answered']);
});
