/**
 * Gathers what is asked of a replica: while a call to it is under way, further commands and queries for it wait, and share
 * the next one. A call between objects costs as much as all that a replica does for a command.
 *
 * client.B1  Each question keeps its own answer and its own deadline. It is answered once, by its deadline, whatever becomes
 *            of the call that it shares.
 * client.B2  A call without an answer has none for whatever it carried. A question that never left gets an answer which
 *            says that nothing was done.
 * client.B3  Nobody depends on another's call to end: it belongs to a request that may be gone, and then ends without a
 *            word. So each question has a timer of its own port, and waits for its place in a call only for so long.
 */

import { ANSWERS, GATHERED_LIMITS, QUESTIONS, REPLICA_ANSWER, REPLICA_PATHS } from '../replica/index.ts';
import type { Attempt, CallPort } from './call.ts';

/** A question waits for a place no longer. It is many times a call in one region, and little to a person. */
const PLACE_WAIT_MS_MAX = 100;
/** What is longer goes alone: a call costs little beside it, and others should not wait for its bytes. */
const SHARED_BODY_BYTES_MAX = 64 << 10;

const NOTHING_DONE = REPLICA_ANSWER.encode({ type: 'not-leader', leader: undefined });

type SharedPath = typeof REPLICA_PATHS.command | typeof REPLICA_PATHS.query;

interface Question {
  readonly path: SharedPath;
  readonly body: Uint8Array;
  readonly untilMs: number;
  /** Takes the first answer. */
  readonly settle: (answer: Uint8Array | undefined) => void;
  isOpen: boolean;
}

/** The way to one replica. */
interface Lane {
  /** The call that waiting questions wait for. */
  underWay: object | undefined;
  waiting: Question[];
}

export class GatheredPort implements CallPort {
  readonly #port: CallPort;
  readonly #lanes = new Map<string, Lane>();

  constructor(port: CallPort) {
    this.#port = port;
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
    const { replica, path, body, timeoutMs } = attempt;
    if (!isShared(path) || body.byteLength > SHARED_BODY_BYTES_MAX) return this.#port.ask(attempt, done);
    const lane = this.#laneTo(replica);
    if (lane.underWay === undefined) return this.#call(lane, attempt, done);
    const question = this.#question(replica, lane, { path, body, timeoutMs }, done);
    lane.waiting.push(question);
  }

  /** Alone, and others wait for it. */
  #call(lane: Lane, attempt: Attempt, done: (answer: Uint8Array | undefined) => void): void {
    const call = {};
    lane.underWay = call;
    this.#port.ask(attempt, (answer) => {
      this.#over(lane, attempt.replica, call);
      done(answer);
    });
  }

  #over(lane: Lane, replica: string, call: object): void {
    if (lane.underWay !== call) return;
    lane.underWay = undefined;
    this.#callForThoseWhoWait(lane, replica);
  }

  #callForThoseWhoWait(lane: Lane, replica: string): void {
    const questions = takeSome(lane);
    const [first] = questions;
    if (first === undefined) return;
    const timeoutMs = Math.max(...questions.map(({ untilMs }) => untilMs)) - this.nowMs();
    const isAlone = questions.length === 1;
    const { path, body } = isAlone
      ? first
      : { path: REPLICA_PATHS.gathered, body: QUESTIONS.encode(questions) };
    this.#call(lane, { replica, path, body, timeoutMs }, (answer) => {
      if (isAlone) first.settle(answer);
      else this.#share(replica, questions, answer);
    });
  }

  #share(replica: string, questions: readonly Question[], shared: Uint8Array | undefined): void {
    const answers = shared === undefined ? [] : (ANSWERS.tryDecode(shared) ?? []);
    for (const [at, question] of questions.entries()) {
      const answer = answers[at];
      if (answer?.type === 'ask-alone') this.#askAlone(replica, question);
      else question.settle(answer?.type === 'answered' ? answer.answer : undefined);
    }
  }

  #askAlone(replica: string, { path, body, untilMs, isOpen, settle }: Question): void {
    if (isOpen) this.#port.ask({ replica, path, body, timeoutMs: untilMs - this.nowMs() }, settle);
  }

  /**
   * client.B3. A timer is not called off when there is an answer, which may come in another request: that one has timers
   * of its own, and may have given one of them the same number.
   */
  #question(
    replica: string,
    lane: Lane,
    { path, body, timeoutMs }: Pick<Question, 'path' | 'body'> & { readonly timeoutMs: number },
    done: (answer: Uint8Array | undefined) => void,
  ): Question {
    const port = this.#port;
    const question: Question = {
      path,
      body,
      untilMs: port.nowMs() + timeoutMs,
      isOpen: true,
      settle(answer) {
        if (!question.isOpen) return;
        question.isOpen = false;
        done(answer);
      },
    };
    const giveUp = (): void => {
      const at = lane.waiting.indexOf(question);
      if (at >= 0) lane.waiting.splice(at, 1);
      question.settle(at >= 0 ? NOTHING_DONE : undefined);
    };
    port.pause(Math.min(PLACE_WAIT_MS_MAX, timeoutMs), () => {
      if (!question.isOpen) return;
      const leftMs = question.untilMs - port.nowMs();
      if (leftMs <= 0) return giveUp();
      port.pause(leftMs, giveUp);
      if (lane.waiting.includes(question)) this.#callForThoseWhoWait(lane, replica);
    });
    return question;
  }

  #laneTo(replica: string): Lane {
    const known = this.#lanes.get(replica);
    if (known !== undefined) return known;
    const lane: Lane = { underWay: undefined, waiting: [] };
    this.#lanes.set(replica, lane);
    return lane;
  }
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
