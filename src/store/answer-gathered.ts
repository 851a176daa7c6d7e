/**
 * Questions that came in one call. What is asked together is proposed together, so it shares an entry of the log; the
 * call is answered when the last question is.
 *
 * store.G1  Each question gets what it would have got in a call of its own. A query whose answer has no room left is to be
 *           asked alone; what may have changed something is answered here, whatever its size.
 */

import { ANSWERS, type Answers, GATHERED_LIMITS, QUESTIONS, REPLICA_PATHS } from '../replica/index.ts';
import type { Respond, Server } from './replica-server.ts';

/** `together` runs what asks all of it. */
export function answerGathered(
  server: Server,
  together: (ask: () => void) => void,
  body: Uint8Array,
  respond: Respond,
): void {
  const questions = QUESTIONS.tryDecode(body);
  if (questions === undefined || questions.length === 0) return respond(undefined);
  const answers: Answers[number][] = questions.map(() => ({ type: 'silent' }));
  const open = new Set(questions.keys());
  let queryBytes = 0;
  const settle = (at: number, answer: Uint8Array | undefined, isQuery: boolean): void => {
    if (!open.delete(at)) return;
    if (answer !== undefined) {
      if (isQuery) queryBytes += answer.byteLength;
      const hasRoom = !isQuery || queryBytes <= GATHERED_LIMITS.bytesMax;
      answers[at] = hasRoom ? { type: 'answered', answer } : { type: 'ask-alone' };
    }
    if (open.size === 0) respond(ANSWERS.encode(answers));
  };
  together(() => {
    const failures: unknown[] = [];
    for (const [at, question] of questions.entries()) {
      const isQuery = question.path === REPLICA_PATHS.query;
      try {
        server.handle(question.path, question.body, (answer) => settle(at, answer, isQuery));
      } catch (error) {
        failures.push(error);
        settle(at, undefined, isQuery);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}
