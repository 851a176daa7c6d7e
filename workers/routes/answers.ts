/**
 * What a call to a store came to, in the words of the HTTP API, as plain data: the routes of a single key make a response of
 * it (answer-response.ts), a batch makes a line of its results (workers/batch). There is no other table.
 */

import type { CallOutcome, Unanswered } from '../../src/client/index.ts';
import type { CommandRefusal, CommandResult, ValueResult } from '../../src/kv/index.ts';
import {
  type Consistency,
  HEADERS,
  LIMITS,
  type Problem,
  type ProblemCode,
  type ProblemFields,
  problem,
} from '../../src/protocol/index.ts';
import { shardCountText } from '../../src/shard/index.ts';
import { pathKeyProblem } from './key-problem.ts';

export type StoreName = 'kv' | 'solo';

type Failed = Extract<CallOutcome<never>, { type: 'failed' }>;

/** What is said beside the value or the problem. */
export interface AnswerFields {
  /** Of the value: what `ETag` says. */
  readonly version?: number;
  /** Of the key's shard: what `flotilla-position` says. */
  readonly revision?: number;
  readonly previous?: 'absent' | 'present' | 'not-kept';
  readonly length?: number;
  readonly existed?: boolean;
  readonly consistency?: Consistency;
  readonly ageMs?: number;
}

export type Answer =
  /** 200 with a value, 204 without. */
  | { readonly type: 'done'; readonly fields: AnswerFields; readonly value: Uint8Array | undefined }
  | { readonly type: 'problem'; readonly fields: AnswerFields; readonly problem: Problem };

const RETRY_AFTER_MS = 1000;
const NO_FIELDS: AnswerFields = {};

export function problemAnswer(problem: Problem): Answer {
  return { type: 'problem', fields: NO_FIELDS, problem };
}

/** `seenRevision`: how far the sender has seen the key's shard. */
export function writeAnswer(
  outcome: CallOutcome<CommandResult>,
  store: StoreName,
  seenRevision: number,
): Answer {
  if (outcome.type === 'failed') return problemAnswer(failureProblem(outcome, store));
  const { result } = outcome;
  // The answer to a resend is that of the first execution, and its sender may have seen more since.
  const revision = 'version' in result ? Math.max(result.version, seenRevision) : 0;
  switch (result.type) {
    case 'written':
      return { type: 'done', fields: { version: result.version, revision }, value: undefined };
    case 'appended':
      return appendAnswer(result, revision);
    case 'deleted':
      return { type: 'done', fields: { revision, existed: result.existed }, value: undefined };
    case 'key-malformed':
    case 'key-too-long':
      return problemAnswer(pathKeyProblem(result.type));
    case 'value-too-large':
      return problemAnswer(valueTooLarge(result.bytesMax));
    default:
      return problemAnswer(refusalProblem(result));
  }
}

export function readAnswer(
  outcome: CallOutcome<ValueResult>,
  store: StoreName,
  consistency: Consistency,
): Answer {
  if (outcome.type === 'failed') return problemAnswer(failureProblem(outcome, store));
  const { result, ageMsMax } = outcome;
  // The revision counts also where it is less than the sender says: no shard of this store was ever seen so far on.
  const { revision } = result;
  const fields = { revision, consistency, ...(ageMsMax === undefined ? {} : { ageMs: ageMsMax }) };
  switch (result.type) {
    case 'found':
      return { type: 'done', fields: { version: result.version, ...fields }, value: result.value };
    case 'absent':
      return { type: 'problem', fields, problem: NOT_FOUND };
  }
}

const NOT_FOUND = problem('key-not-found', 'There is no value under this key.');

export function valueTooLarge(bytesMax: number = LIMITS.valueBytesMax): Problem {
  return problem('value-too-large', `A value is at most ${bytesMax} bytes long.`, { bytesMax });
}

/** A resend of a large append: what was there before went to the call that was executed, and is not kept. */
function appendAnswer(
  { version, length, previous }: Extract<CommandResult, { type: 'appended' }>,
  revision: number,
): Answer {
  const fields = { version, revision, previous: previous.type, length };
  switch (previous.type) {
    case 'not-kept':
      return { type: 'done', fields, value: undefined };
    case 'present':
      return { type: 'done', fields, value: previous.value };
    case 'absent':
      return { type: 'done', fields, value: NOTHING };
  }
}

const NOTHING = new Uint8Array(0);

function refusalProblem(refusal: CommandRefusal): Problem {
  switch (refusal.type) {
    case 'sequence-reused':
      return problem('sequence-reused', 'The client has used this sequence for another command.');
    case 'sequence-stale':
      return problem('sequence-stale', `The client has gone on to sequence ${refusal.last}.`, {
        lastSequence: refusal.last,
      });
    case 'session-expired':
      return problem(
        'session-expired',
        'The client id is too old or too new. If this was the first attempt, nothing was executed: take a new id. ' +
          'After a resend the outcome of the earlier attempts is unknown.',
        { timeMs: refusal.timeMs },
      );
    case 'session-malformed':
      return problem('session-malformed', `${HEADERS.client} is not an id that was ever issued.`);
    case 'unreadable':
      return unreadable(undefined);
  }
}

/** While a new version is rolled out, a replica of the old one may still be at work. */
export function unreadable(replica: number | undefined): Problem {
  const who = replica === undefined ? 'A replica' : `Replica ${replica}`;
  return problem(
    'command-unreadable',
    `${who} of the group has not said that it can read this command, so it was not executed. Try again when all replicas run the new version.`,
    { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS },
  );
}

function failureProblem(failed: Failed, store: StoreName): Problem {
  const { mayBeExecuted } = failed;
  const why = failed.reason === 'no-answer' ? failed.why : undefined;
  const outcome = mayBeExecuted ? 'unknown' : 'not-executed';
  const fields = { outcome, retryAfterMs: RETRY_AFTER_MS } as const;
  switch (failed.reason) {
    case 'no-answer':
      if (why?.type === 'shard-count') return shardCountProblem(why, { outcome });
      return problem(
        store === 'kv' ? codeOf(why) : 'timeout',
        `${reasonOf(why)}${
          mayBeExecuted
            ? 'The request may have been executed, or may yet be. Sending it again is safe only under the same client and sequence.'
            : 'The request was not executed.'
        }`,
        fields,
      );
    case 'overloaded':
      return problem('overloaded', 'Too many requests are waiting. This one was not executed.', fields);
    case 'unreadable':
      return unreadable(failed.replica);
    case 'too-large':
      return problem('body-too-large', `A command is at most ${failed.bytesMax} bytes long.`, {
        outcome,
        bytesMax: failed.bytesMax,
      });
    case 'storage-full':
      return problem(
        'storage-full',
        `The disks that this key is kept on are nearly full: puts and appends are refused, deletions are not. ${
          mayBeExecuted ? 'An earlier attempt may have been executed.' : 'This one was not executed.'
        }`,
        { outcome },
      );
  }
}

/** Nothing will be as it should before the setting is: so it is said at once, and not to be tried again. */
export function shardCountProblem(
  { made, set }: Extract<Unanswered, { type: 'shard-count' }>,
  fields: ProblemFields = {},
): Problem {
  return problem('shard-count-mismatch', shardCountText(made, set), fields);
}

function codeOf(why: Unanswered | undefined): ProblemCode {
  switch (why?.type) {
    case 'group-silent':
      return 'group-unreachable';
    case 'shard-moving':
      return 'shard-moving';
    case 'controller-silent':
      return 'controller-unreachable';
    case 'shard-count':
      return 'shard-count-mismatch';
    case 'no-leader':
    case undefined:
      return 'no-leader';
  }
}

function reasonOf(why: Unanswered | undefined): string {
  switch (why?.type) {
    case 'group-silent':
      return `No replica of group ${why.group} answers. GET /v1/status says more. `;
    case 'shard-moving':
      return `Shard ${why.shard} is on its way, and group ${why.group} does not serve it. `;
    case 'controller-silent':
      return 'The shard controller does not answer, and it alone knows which group serves the key. ';
    case 'no-leader':
      return why.group === undefined ? '' : `Group ${why.group} has no leader at present. `;
    case 'shard-count':
    case undefined:
      return '';
  }
}
