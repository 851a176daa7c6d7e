/** What shares one call to a replica, and what comes back of it: an answer for each, in the order of the questions. */

import { bytes, Codec, type Described, list, oneOf, tuple, union } from '../codec/index.ts';
import { REPLICA_PATHS } from './paths.ts';

const GATHERED_MAX = 512;

/** One call holds at most so many questions and so many bytes of them; of the answers to queries, about as many. */
export const GATHERED_LIMITS = { questionsMax: GATHERED_MAX, bytesMax: 1 << 20 } as const;

const questions = list(
  tuple({ path: oneOf(REPLICA_PATHS.command, REPLICA_PATHS.query), body: bytes }),
  GATHERED_MAX,
);
export type Questions = Described<typeof questions>;

export const QUESTIONS: Codec<Questions> = new Codec('questions that share a call', questions, 1);

const answers = list(
  union({
    answered: { answer: bytes },
    /** As when an own call ends without a word. */
    silent: {},
    /** There was no room for the answer, and nothing was changed: an own call has room. */
    'ask-alone': {},
  }),
  GATHERED_MAX,
);
export type Answers = Described<typeof answers>;

export const ANSWERS: Codec<Answers> = new Codec('answers that share a call', answers, 1);
