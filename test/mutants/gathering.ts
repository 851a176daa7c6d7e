import type { Mutant } from './mutant.ts';

/** Block G: calls that many share. */
export const GATHERING_MUTANTS: readonly Mutant[] = [
  {
    name: 'lost-shared-call-hangs-the-others',
    item: 'G9',
    why: 'a shared call ends with the request that made it, and nobody else would ever hear of it',
    patches: [
      {
        file: 'client/gathered-port.ts',
        find: '      timer.pause(leftMs, giveUp);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'place-is-waited-for-without-end',
    item: 'G9',
    why: 'the call that others wait for may never end',
    patches: [
      {
        file: 'client/gathered-port.ts',
        find: 'Math.min(PLACE_WAIT_MS_MAX, timeoutMs)',
        replace: 'timeoutMs',
      },
    ],
  },
  {
    name: 'answer-of-another-question',
    item: 'G9',
    why: 'who shares a call gets what somebody else has asked for',
    patches: [
      {
        file: 'client/gathered-port.ts',
        find: 'const answer = answers[at];',
        replace: 'const answer = answers[answers.length - 1 - at];',
      },
    ],
  },
  {
    name: 'lost-shared-call-has-done-nothing',
    item: 'G9',
    why: 'what a lost call carried may be executed',
    patches: [
      {
        file: 'client/gathered-port.ts',
        find: "else tell(question, { type: 'answer', answer: undefined });",
        replace: "else tell(question, { type: 'answer', answer: NOTHING_DONE });",
      },
    ],
  },
];
