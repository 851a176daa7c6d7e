import { describe, expect, test } from 'vitest';
import { type Attempt, type CallPort, GatheredPort } from '../../../src/client/index.ts';
import { ANSWERS, QUESTIONS, REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { Random } from '../../sim/random.ts';
import { Scheduler } from '../../sim/scheduler.ts';

const { command, query, gathered, status } = REPLICA_PATHS;
const CALL_MS = 10;
const TIMEOUT_MS = 1000;

const NOTHING_DONE = { type: 'not-leader', leader: undefined } as const;

type Answer = Uint8Array | undefined;
/** Answers after so long, or never: whoever made the call is gone. */
type Behaviour = (attempt: Attempt) => { readonly afterMs: number; readonly answer: Answer } | 'never';

const body = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** What a replica would say to each: the question itself. */
function echo({ path, body }: Pick<Attempt, 'path' | 'body'>): Uint8Array {
  if (path !== gathered) return body;
  return ANSWERS.encode(QUESTIONS.decode(body).map(({ body: answer }) => ({ type: 'answered', answer })));
}

const atOnce: Behaviour = (attempt) => ({ afterMs: CALL_MS, answer: echo(attempt) });

class Router {
  readonly calls: Attempt[] = [];
  readonly answers = new Map<number, Answer>();
  readonly scheduler = new Scheduler();
  readonly port: GatheredPort;
  #asked = 0;

  constructor(behaviour: Behaviour = atOnce) {
    const { scheduler } = this;
    const port: CallPort = {
      nowMs: () => scheduler.nowMs,
      wallClockMs: () => scheduler.nowMs,
      random: () => 0,
      pause: (durationMs, done) => scheduler.after(durationMs, done),
      ask: (attempt, done) => {
        this.calls.push(attempt);
        const behaves = behaviour(attempt);
        if (behaves === 'never') return;
        const isLate = behaves.afterMs > attempt.timeoutMs;
        const { afterMs, answer } = isLate ? { afterMs: attempt.timeoutMs, answer: undefined } : behaves;
        scheduler.after(afterMs, () => done(answer));
      },
    };
    this.port = new GatheredPort(port);
  }

  ask(attempt: Partial<Attempt> = {}, done: (answer: Answer) => void = () => undefined): number {
    const number = this.#asked;
    this.#asked += 1;
    const asked = { replica: 'r', path: command, body: body(number), timeoutMs: TIMEOUT_MS, ...attempt };
    this.port.ask(asked, (answer) => {
      if (this.answers.has(number)) throw new Error(`question ${number} is answered twice`);
      this.answers.set(number, answer);
      done(answer);
    });
    return number;
  }

  get paths(): readonly string[] {
    return this.calls.map(({ path }) => path);
  }

  sharedBy(call: number): readonly { readonly path: string; readonly body: Uint8Array }[] {
    return QUESTIONS.decode(this.calls[call]?.body ?? body());
  }
}

test('a question that finds no call under way leaves at once and as it is', () => {
  const router = new Router();
  router.ask({ body: body(7) });
  expect(router.calls).toEqual([{ replica: 'r', path: command, body: body(7), timeoutMs: TIMEOUT_MS }]);
  router.scheduler.runFor(CALL_MS);
  expect(router.answers.get(0)).toEqual(body(7));
});

test('questions that come while a call is under way share the next one, and each gets its own answer', () => {
  const router = new Router();
  for (let count = 0; count < 5; count += 1) router.ask({ path: count % 2 === 0 ? command : query });
  router.scheduler.runFor(2 * CALL_MS);
  expect(router.paths).toEqual([command, gathered]);
  expect(router.sharedBy(1).map(({ path }) => path)).toEqual([query, command, query, command]);
  for (const number of [0, 1, 2, 3, 4]) {
    expect(router.answers.get(number)).toEqual(body(number));
    expect(router.answers.get(number)?.buffer.byteLength).toBe(1);
  }
});

test('one that waits alone leaves alone', () => {
  const router = new Router();
  router.ask();
  router.ask();
  router.scheduler.runFor(2 * CALL_MS);
  expect(router.paths).toEqual([command, command]);
});

test('the way to another replica is another way', () => {
  const router = new Router();
  router.ask({ replica: 'a' });
  router.ask({ replica: 'b' });
  expect(router.calls.map(({ replica }) => replica)).toEqual(['a', 'b']);
});

test('what is long, and what is asked of a replica otherwise, shares no call', () => {
  const router = new Router();
  router.ask();
  router.ask({ body: new Uint8Array((64 << 10) + 1) });
  router.ask({ path: status });
  expect(router.paths).toEqual([command, command, status]);
});

test('a call holds so many questions, and so many bytes of them; others wait for the one after', () => {
  const many = new Router();
  for (let count = 0; count < 1 + 513; count += 1) many.ask({ body: body(count & 255) });
  many.scheduler.runFor(3 * CALL_MS);
  expect(many.paths).toEqual([command, gathered, command]);
  expect(many.sharedBy(1)).toHaveLength(512);
  const large = new Router();
  for (let count = 0; count < 1 + 17; count += 1) large.ask({ body: new Uint8Array(64 << 10) });
  large.scheduler.runFor(3 * CALL_MS);
  expect(large.sharedBy(1)).toHaveLength(16);
  expect(large.answers.size).toBe(18);
});

describe('a call without an answer has none for whatever it carried (client.B2)', () => {
  test.each<[string, Behaviour]>([
    ['it is lost', ({ path }) => ({ afterMs: CALL_MS, answer: path === gathered ? undefined : body() })],
    [
      'nobody can read what came',
      ({ path }) => ({ afterMs: CALL_MS, answer: path === gathered ? body(255) : body() }),
    ],
  ])('%s', (_, behaviour) => {
    const router = new Router(behaviour);
    for (let count = 0; count < 3; count += 1) router.ask();
    router.scheduler.runFor(2 * CALL_MS);
    expect(router.answers.get(1)).toBeUndefined();
    expect([...router.answers.keys()]).toEqual([0, 1, 2]);
  });
});

test('a question that there is no room to answer is asked alone', () => {
  const router = new Router((attempt) =>
    attempt.path === gathered
      ? { afterMs: CALL_MS, answer: ANSWERS.encode([{ type: 'ask-alone' }, { type: 'silent' }]) }
      : atOnce(attempt),
  );
  router.ask();
  router.ask({ path: query });
  router.ask({ path: query });
  router.scheduler.runFor(3 * CALL_MS);
  expect(router.paths).toEqual([command, gathered, query]);
  expect(router.answers.get(1)).toEqual(body(1));
  expect(router.answers.get(2)).toBeUndefined();
});

test('after that, queries of the same replica go alone for a second: their values are large', () => {
  const router = new Router((attempt) =>
    attempt.path === gathered
      ? { afterMs: CALL_MS, answer: ANSWERS.encode([{ type: 'ask-alone' }, { type: 'ask-alone' }]) }
      : atOnce(attempt),
  );
  for (const path of [command, query, query]) router.ask({ path });
  router.scheduler.runFor(3 * CALL_MS);
  router.calls.length = 0;
  for (const path of [query, query, command, query]) router.ask({ path });
  expect(router.paths).toEqual([query, query, command, query]);
  router.scheduler.runFor(1000);
  router.calls.length = 0;
  for (const path of [query, query, query]) router.ask({ path });
  router.scheduler.runFor(CALL_MS);
  expect(router.paths).toEqual([query, gathered]);
});

describe('nobody depends on the call of another (client.B3)', () => {
  test('a call that never ends keeps others waiting for a tenth of a second, and those who come after for no longer', () => {
    const router = new Router((attempt) => (attempt.body[0] === 0 ? 'never' : atOnce(attempt)));
    router.ask();
    router.ask();
    router.ask();
    router.scheduler.runFor(100 + CALL_MS);
    expect(router.paths).toEqual([command, gathered]);
    expect(router.answers.get(2)).toEqual(body(2));
    router.ask();
    router.scheduler.runFor(CALL_MS);
    expect(router.answers.get(3)).toEqual(body(3));
  });

  test('of a shared call that never ends each learns at his own deadline that there is no answer', () => {
    const router = new Router((attempt) => (attempt.path === gathered ? 'never' : atOnce(attempt)));
    router.ask();
    router.ask({ timeoutMs: 300 });
    router.ask({ timeoutMs: 700 });
    router.scheduler.runFor(300);
    expect(router.answers.has(1)).toBe(true);
    expect(router.answers.get(1)).toBeUndefined();
    expect(router.answers.has(2)).toBe(false);
    router.scheduler.runFor(400);
    expect(router.answers.has(2)).toBe(true);
  });

  test('a question that never left is answered that nothing was done', () => {
    const router = new Router(() => 'never');
    router.ask();
    router.ask({ timeoutMs: 50 });
    router.scheduler.runFor(50);
    const answer = router.answers.get(1);
    expect(answer && REPLICA_ANSWER.decode(answer)).toEqual({ type: 'not-leader', leader: undefined });
    router.scheduler.runFor(TIMEOUT_MS);
    expect(router.calls).toHaveLength(1);
  });
});

test('who asks very much shares the same calls, and limits its questions by pauses of its own making', () => {
  const router = new Router(() => 'never');
  const pauses: { readonly durationMs: number; readonly done: () => void }[] = [];
  const bulk = router.port.pausingBy((durationMs, done) => pauses.push({ durationMs, done }));
  const answers: Answer[] = [];
  router.ask();
  const asked = { replica: 'r', path: command, timeoutMs: TIMEOUT_MS };
  for (const number of [1, 2]) bulk.ask({ ...asked, body: body(number) }, (answer) => answers.push(answer));
  router.scheduler.runFor(2 * TIMEOUT_MS);
  expect([router.calls.length, answers]).toEqual([1, []]);
  for (const { done } of pauses.splice(0)) done();
  expect(answers).toEqual([body(), body()].map(() => REPLICA_ANSWER.encode(NOTHING_DONE)));
});

test('whatever calls come to, each question has one answer, its own, and by its deadline (client.B1)', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const router = new Router((attempt) => {
    const kind = random.below(10);
    // A call that nobody shares ends with the request that makes it, if not before.
    if (kind === 0 && attempt.path === gathered) return 'never';
    const answer = kind === 1 ? undefined : kind === 2 ? body(255) : echo(attempt);
    return { afterMs: random.between(1, 400), answer };
  });
  const { scheduler } = router;
  for (let count = 0; count < 2000; count += 1) {
    const timeoutMs = random.between(1, 800);
    const own = body(1, count & 255, count >> 8);
    const deadlineMs = scheduler.nowMs + timeoutMs;
    const number = router.ask({ body: own, path: random.pick([command, query]), timeoutMs }, (answer) => {
      expect(scheduler.nowMs, `seed ${seed}`).toBeLessThanOrEqual(deadlineMs);
      const isOther = answer !== undefined && answer[0] === 1 && answer.length === 3;
      if (isOther) expect(answer, `seed ${seed}`).toEqual(own);
    });
    expect(number).toBe(count);
    scheduler.runFor(random.below(20));
  }
  scheduler.runFor(TIMEOUT_MS);
  expect(router.answers.size, `seed ${seed}`).toBe(2000);
});

test('a shared call is made in the request of one that waits, and never of one that has its answer (client.B4)', () => {
  const scheduler = new Scheduler();
  // In which request things happen: 0 is that of the lone call.
  let request = 0;
  const madeBy: number[] = [];
  const within = (number: number, run: () => void): void => {
    const outer = request;
    request = number;
    run();
    request = outer;
  };
  const port = new GatheredPort(
    {
      nowMs: () => scheduler.nowMs,
      wallClockMs: () => scheduler.nowMs,
      random: () => 0,
      pause(durationMs, done) {
        const own = request;
        scheduler.after(durationMs, () => within(own, done));
      },
      ask(attempt, done) {
        const own = request;
        madeBy.push(own);
        scheduler.after(CALL_MS, () => within(own, () => done(echo(attempt))));
      },
    },
    (run) => {
      const own = request;
      return () => scheduler.after(0, () => within(own, run));
    },
  );
  const open = new Set<number>();
  const ask = (number: number): void =>
    within(number, () => {
      open.add(number);
      port.ask({ replica: 'r', path: command, body: body(number), timeoutMs: TIMEOUT_MS }, (answer) => {
        expect([request, answer]).toEqual([number, body(number)]);
        open.delete(number);
      });
    });
  for (let round = 0; round < 20; round += 1) {
    for (let count = 0; count < 5; count += 1) ask(round * 5 + count);
    scheduler.runFor(7);
    for (const number of madeBy.splice(0)) expect(number).toBeGreaterThanOrEqual(round * 5 - 10);
  }
  scheduler.runFor(TIMEOUT_MS);
  expect(open.size).toBe(0);
});
