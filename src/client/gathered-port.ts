/**
 * Gathers what is asked of a replica: while a call to it is under way, further commands and queries for it wait, and share
 * the next one. A call between objects costs as much as all that a replica does for a command.
 *
 * client.B1  Each question keeps its own answer and its own deadline. It is answered once, by its deadline, whatever becomes
 *            of the call that it shares.
 * client.B2  A call without an answer has none for whatever it carried. A question that never left gets an answer which
 *            says that nothing was done.
 * client.B3  Nobody depends on another's call to end: it belongs to a request that may be gone, and then ends without a
 *            word. So each question has timers of its own, and waits for its place in a call only for so long.
 * client.B4  A shared call is made by a request that waits for one of its answers, and never by one that has its own: such
 *            a request would live on for others, one call after the other, until the runtime ends it.
 */

import { ANSWERS, GATHERED_LIMITS, QUESTIONS, REPLICA_ANSWER, REPLICA_PATHS } from '../replica/index.ts';
import type { Attempt, CallPort } from './call.ts';

/** A question waits for a place no longer. It is many times a call in one region, and little to a person. */
const PLACE_WAIT_MS_MAX = 100;
/** What is longer goes alone: a call costs little beside it, and others should not wait for its bytes. */
const SHARED_BODY_BYTES_MAX = 64 << 10;

/** So long after a query had no room in a shared call, others go alone: their values are as large, it may be. */
const QUERIES_ALONE_MS = 1000;
/** Of those who wait, so many are told that it is their turn: who comes first makes the call, and the others may be gone. */
const WOKEN = 3;

const NOTHING_DONE = REPLICA_ANSWER.encode({ type: 'not-leader', leader: undefined });

type SharedPath = typeof REPLICA_PATHS.command | typeof REPLICA_PATHS.query;

/** What others have to say to a question. */
type Told =
  /** The call that it waits for is over. */
  | { readonly type: 'turn' }
  | { readonly type: 'ask-alone' }
  | { readonly type: 'answer'; readonly answer: Uint8Array | undefined };

interface Question {
  readonly path: SharedPath;
  readonly body: Uint8Array;
  readonly untilMs: number;
  readonly done: (answer: Uint8Array | undefined) => void;
  isOpen: boolean;
  readonly told: Told[];
  /** Has it look at what it was told, in its own request. */
  wake: () => void;
}

/** The way to one replica. */
interface Lane {
  readonly replica: string;
  /** The call that waiting questions wait for. */
  underWay: object | undefined;
  waiting: Question[];
  /** Values are large at present, and have no room in a shared call. */
  queriesAloneUntilMs: number;
}

/** Returns what has `run` carried out, later, where it was made: in the same request. */
export type InOwnRequest = (run: () => void) => () => void;

export class GatheredPort implements CallPort {
  readonly #port: CallPort;
  readonly #inOwnRequest: InOwnRequest;
  readonly #lanes = new Map<string, Lane>();

  /** `inOwnRequest`: where a request may end before the others, and all that it has begun with it. */
  constructor(port: CallPort, inOwnRequest: InOwnRequest = (run) => run) {
    this.#port = port;
    this.#inOwnRequest = inOwnRequest;
  }

  nowMs(): number {
    return this.#port.nowMs();
  }

  wallClockMs(): number {
    return this.#port.wallClockMs();
  }

  random(bound: number): number {
    return this.#port.random(bound);
  }

  pause(durationMs: number, done: () => void): void {
    this.#port.pause(durationMs, done);
  }

  ask(attempt: Attempt, done: (answer: Uint8Array | undefined) => void): void {
    this.#ask(attempt, done, this.#port);
  }

  /** For one request that asks very much: what it asks shares the same calls, and is limited by pauses of its own making. */
  pausingBy(pause: CallPort['pause']): CallPort {
    return {
      nowMs: () => this.nowMs(),
      wallClockMs: () => this.wallClockMs(),
      random: (bound) => this.random(bound),
      ask: (attempt, done) => this.#ask(attempt, done, { pause }),
      pause,
    };
  }

  #ask(
    attempt: Attempt,
    done: (answer: Uint8Array | undefined) => void,
    timer: Pick<CallPort, 'pause'>,
  ): void {
    const { replica, path, body, timeoutMs } = attempt;
    if (!isShared(path) || body.byteLength > SHARED_BODY_BYTES_MAX) return this.#port.ask(attempt, done);
    const lane = this.#laneTo(replica);
    const isAlone = path === REPLICA_PATHS.query && this.nowMs() < lane.queriesAloneUntilMs;
    if (isAlone) return this.#port.ask(attempt, done);
    if (lane.underWay === undefined && lane.waiting.length === 0) return this.#call(lane, attempt, done);
    const untilMs = this.nowMs() + timeoutMs;
    const question: Question = { path, body, untilMs, done, isOpen: true, told: [], wake: () => undefined };
    this.#attend(lane, question);
    this.#limit(lane, question, timeoutMs, timer);
    lane.waiting.push(question);
    if (lane.underWay === undefined) this.#callForThoseWhoWait(lane);
  }

  #call(lane: Lane, attempt: Attempt, done: (answer: Uint8Array | undefined) => void): void {
    const call = {};
    lane.underWay = call;
    this.#port.ask(attempt, (answer) => {
      if (lane.underWay === call) {
        lane.underWay = undefined;
        for (const question of lane.waiting.slice(0, WOKEN)) tell(question, { type: 'turn' });
      }
      done(answer);
    });
  }

  /** In the request of one of them. */
  #callForThoseWhoWait(lane: Lane): void {
    const questions = takeSome(lane);
    const [first] = questions;
    if (first === undefined) return;
    const timeoutMs = Math.max(...questions.map(({ untilMs }) => untilMs)) - this.nowMs();
    const isAlone = questions.length === 1;
    const { path, body } = isAlone
      ? first
      : { path: REPLICA_PATHS.gathered, body: QUESTIONS.encode(questions) };
    this.#call(lane, { replica: lane.replica, path, body, timeoutMs }, (answer) => {
      if (isAlone) tell(first, { type: 'answer', answer });
      else share(questions, answer);
    });
  }

  /** Until it has an answer. What it is told before it has looked waits for it. */
  #attend(lane: Lane, question: Question): void {
    question.wake = this.#inOwnRequest(() => {
      if (question.isOpen) this.#attend(lane, question);
      for (const told of question.told.splice(0)) this.#hear(lane, question, told);
    });
  }

  #hear(lane: Lane, question: Question, told: Told): void {
    switch (told.type) {
      case 'turn':
        if (lane.underWay === undefined && lane.waiting.includes(question)) this.#callForThoseWhoWait(lane);
        return;
      case 'ask-alone': {
        lane.queriesAloneUntilMs = this.nowMs() + QUERIES_ALONE_MS;
        const { path, body, untilMs } = question;
        const attempt = { replica: lane.replica, path, body, timeoutMs: untilMs - this.nowMs() };
        if (question.isOpen) this.#port.ask(attempt, (answer) => settle(question, answer));
        return;
      }
      case 'answer':
        return settle(question, told.answer);
    }
  }

  /**
   * client.B3. A timer is not called off when there is an answer, which may come in another request: that one has timers
   * of its own, and may have given one of them the same number.
   */
  #limit(lane: Lane, question: Question, timeoutMs: number, timer: Pick<CallPort, 'pause'>): void {
    const port = this.#port;
    const giveUp = (): void => {
      const at = lane.waiting.indexOf(question);
      if (at >= 0) lane.waiting.splice(at, 1);
      settle(question, at >= 0 ? NOTHING_DONE : undefined);
    };
    timer.pause(Math.min(PLACE_WAIT_MS_MAX, timeoutMs), () => {
      if (!question.isOpen) return;
      const leftMs = question.untilMs - port.nowMs();
      if (leftMs <= 0) return giveUp();
      timer.pause(leftMs, giveUp);
      if (lane.waiting.includes(question)) this.#callForThoseWhoWait(lane);
    });
  }

  #laneTo(replica: string): Lane {
    const known = this.#lanes.get(replica);
    if (known !== undefined) return known;
    const lane: Lane = { replica, underWay: undefined, waiting: [], queriesAloneUntilMs: 0 };
    this.#lanes.set(replica, lane);
    return lane;
  }
}

/** Each gets bytes of its own: a view would keep what all others were answered in memory, as long as one is slow. */
function share(questions: readonly Question[], shared: Uint8Array | undefined): void {
  const answers = shared === undefined ? [] : (ANSWERS.tryDecode(shared) ?? []);
  for (const [at, question] of questions.entries()) {
    const answer = answers[at];
    if (answer?.type === 'ask-alone') tell(question, answer);
    else if (answer?.type === 'answered') tell(question, { type: 'answer', answer: answer.answer.slice() });
    else tell(question, { type: 'answer', answer: undefined });
  }
}

function tell(question: Question, told: Told): void {
  question.told.push(told);
  question.wake();
}

/** client.B1: the first answer counts. */
function settle(question: Question, answer: Uint8Array | undefined): void {
  if (!question.isOpen) return;
  question.isOpen = false;
  question.done(answer);
}

function isShared(path: string): path is SharedPath {
  return path === REPLICA_PATHS.command || path === REPLICA_PATHS.query;
}

/** Those who wait longest, as many as one call holds. */
function takeSome(lane: Lane): readonly Question[] {
  const { questionsMax, bytesMax } = GATHERED_LIMITS;
  let count = 0;
  let bytes = 0;
  for (const { body } of lane.waiting.slice(0, questionsMax)) {
    bytes += body.byteLength;
    if (bytes > bytesMax) break;
    count += 1;
  }
  return lane.waiting.splice(0, count);
}
