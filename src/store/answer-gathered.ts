/**
 * Questions that came in one call. What is asked together is proposed together, so it shares an entry of the log; the
 * call is answered when the last question is.
 *
 * store.G1  Each question gets what it would have got in a call of its own, or is to be asked alone: a query, when the
 *           answers of queries have taken the room there is. Then no query that is left is read any more. What may have
 *           changed something is answered here, whatever its size.
 * store.G2  Answers count among those that wait to leave from when they are there: so a replica that has as many as it may
 *           reads no more values.
 */

import { ANSWERS, type Answers, GATHERED_LIMITS, QUESTIONS, REPLICA_PATHS } from '../replica/index.ts';
import type { Respond, Server } from './replica-server.ts';

/** Many such answers are nothing beside the call that carries them. */
const SMALL_BYTES_MAX = 16 << 10;

/** Those whom what comes together is asked of. */
export interface Gathering {
  /** Runs what asks all of it. */
  together(ask: () => void): void;
  /** Counts bytes of an answer until what is returned is called. */
  keepAnswer(bytes: number): () => void;
}

export function answerGathered(
  server: Server,
  gathering: Gathering,
  body: Uint8Array,
  respond: Respond,
): void {
  const questions = QUESTIONS.tryDecode(body);
  if (questions === undefined || questions.length === 0) return respond(undefined);
  const gathered = new GatheredAnswers(questions, gathering, respond);
  gathering.together(() => {
    const failures: unknown[] = [];
    for (const [at, { path, body }] of questions.entries()) {
      // Others may have taken the room already.
      if (!gathered.isOpen(at)) continue;
      try {
        server.handle(
          path,
          body,
          (answer) => gathered.settle(at, answer),
          () => gathered.hasRoom,
        );
      } catch (error) {
        failures.push(error);
        gathered.settle(at, undefined);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}

class GatheredAnswers {
  readonly #gathering: Gathering;
  readonly #respond: Respond;
  readonly #answers: Answers[number][];
  readonly #open: Set<number>;
  readonly #queries: ReadonlySet<number>;
  readonly #leaving: (() => void)[] = [];
  #queryBytes = 0;

  constructor(questions: readonly { readonly path: string }[], gathering: Gathering, respond: Respond) {
    this.#gathering = gathering;
    this.#respond = respond;
    this.#answers = questions.map(() => ({ type: 'silent' }));
    this.#open = new Set(questions.keys());
    this.#queries = new Set(
      [...questions.keys()].filter((at) => questions[at]?.path === REPLICA_PATHS.query),
    );
  }

  get hasRoom(): boolean {
    return this.#queryBytes <= GATHERED_LIMITS.bytesMax;
  }

  isOpen(at: number): boolean {
    return this.#open.has(at);
  }

  /** The first answer counts. */
  settle(at: number, answer: Uint8Array | undefined): void {
    if (!this.#open.delete(at)) return;
    if (answer !== undefined) this.#take(at, answer);
    if (!this.hasRoom) this.#giveUpQueries();
    if (this.#open.size > 0) return;
    for (const leave of this.#leaving) leave();
    this.#respond(ANSWERS.encode(this.#answers));
  }

  #take(at: number, answer: Uint8Array): void {
    const isQuery = this.#queries.has(at);
    if (isQuery) this.#queryBytes += answer.byteLength;
    if (isQuery && !this.hasRoom) {
      this.#answers[at] = { type: 'ask-alone' };
      return;
    }
    this.#answers[at] = { type: 'answered', answer };
    if (answer.byteLength > SMALL_BYTES_MAX)
      this.#leaving.push(this.#gathering.keepAnswer(answer.byteLength));
  }

  #giveUpQueries(): void {
    for (const at of this.#open) {
      if (!this.#queries.has(at)) continue;
      this.#open.delete(at);
      this.#answers[at] = { type: 'ask-alone' };
    }
  }
}
