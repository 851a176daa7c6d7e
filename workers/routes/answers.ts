/** From what a call to a store came to, to what HTTP says. */

import type { CallOutcome, Unanswered } from '../../src/client/index.ts';
import type { CommandRefusal, CommandResult, ValueResult } from '../../src/kv/index.ts';
import {
  type Consistency,
  formatEtag,
  formatPosition,
  HEADERS,
  type Position,
  type Problem,
  type ProblemCode,
  type ProblemFields,
  problem,
  problemResponse,
  withRevision,
} from '../../src/protocol/index.ts';
import { shardCountText } from '../../src/shard/index.ts';
import { invalidKey } from './key-problem.ts';

export type StoreName = 'kv' | 'solo';

type Failed = Extract<CallOutcome<never>, { type: 'failed' }>;
type HeaderFields = Readonly<Record<string, string>>;

/** What was asked of whom, by somebody who had seen so much. */
export interface Asked {
  readonly store: StoreName;
  readonly shard: number;
  readonly seen: Position;
  /** What the answer has whatever it says. */
  readonly headers: HeaderFields;
}

const RETRY_AFTER_MS = 1000;

export function writeAnswer(outcome: CallOutcome<CommandResult>, asked: Asked): Response {
  if (outcome.type === 'failed') return problemResponse(failureProblem(outcome, asked.store));
  const { result } = outcome;
  if (!('version' in result)) return commandAnswer(result, {});
  // The answer to a resend is that of the first execution, and its sender may have seen more since.
  const revision = Math.max(result.version, asked.seen.get(asked.shard) ?? 0);
  return commandAnswer(result, positionHeader(asked, revision));
}

export function readAnswer(
  outcome: CallOutcome<ValueResult>,
  asked: Asked,
  consistency: Consistency,
): Response {
  return outcome.type === 'answered'
    ? queryAnswer(outcome.result, {
        // Also where it is less than the sender says: no shard of this store was ever seen so far on.
        ...positionHeader(asked, outcome.result.revision),
        [HEADERS.consistency]: consistency,
        ...(outcome.ageMsMax === undefined ? {} : { [HEADERS.ageMs]: String(outcome.ageMsMax) }),
      })
    : problemResponse(failureProblem(outcome, asked.store));
}

export function valueTooLarge(bytesMax: number): Response {
  return problemResponse(
    problem('value-too-large', `A value is at most ${bytesMax} bytes long.`, { bytesMax }),
  );
}

function commandAnswer(result: CommandResult, headers: HeaderFields): Response {
  switch (result.type) {
    case 'written':
      return new Response(null, { status: 204, headers: { ...headers, etag: formatEtag(result.version) } });
    case 'appended':
      return appendAnswer(result, headers);
    case 'deleted':
      return new Response(null, {
        status: 204,
        headers: { ...headers, [HEADERS.existed]: String(result.existed) },
      });
    case 'key-malformed':
    case 'key-too-long':
      return invalidKey(result.type);
    case 'value-too-large':
      return valueTooLarge(result.bytesMax);
    default:
      return problemResponse(refusalProblem(result));
  }
}

/** A resend of a large append: what was there before went to the call that was executed, and is not kept. */
function appendAnswer(
  { version, length, previous }: Extract<CommandResult, { type: 'appended' }>,
  headers: HeaderFields,
): Response {
  const all = { ...headers, [HEADERS.previous]: previous.type, [HEADERS.length]: String(length) };
  return previous.type === 'not-kept'
    ? new Response(null, { status: 204, headers: { ...all, etag: formatEtag(version) } })
    : bytesResponse(previous.type === 'present' ? previous.value : new Uint8Array(0), version, all);
}

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

function queryAnswer(result: ValueResult, headers: HeaderFields): Response {
  switch (result.type) {
    case 'found':
      return bytesResponse(result.value, result.version, headers);
    case 'absent':
      return problemResponse(problem('key-not-found', 'There is no value under this key.'), headers);
  }
}

/**
 * Never a type that a browser or a client library would look into: a value is what its writer wanted it to be. A
 * browser keeps it as a file; what it does not keep, it does not run (common-headers.ts).
 */
function bytesResponse(bytes: Uint8Array, version: number, headers: HeaderFields): Response {
  return new Response(bytes, {
    headers: {
      ...headers,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': String(bytes.length),
      etag: formatEtag(version),
    },
  });
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

function positionHeader({ seen, shard, headers }: Asked, revision: number): HeaderFields {
  return { ...headers, [HEADERS.position]: formatPosition(withRevision(seen, shard, revision)) };
}
