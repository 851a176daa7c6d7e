import type { CommandResult, QueryResult, Refusal } from '../../src/kv/index.ts';
import {
  type Consistency,
  formatEtag,
  HEADERS,
  type Problem,
  problem,
  problemResponse,
} from '../../src/protocol/index.ts';
import type { Overloaded, ReadOutcome, Unavailable, WriteOutcome } from '../backend.ts';
import { invalidKey } from '../middleware/key.ts';

/** From what a store says to what HTTP says. */

type HeaderFields = Readonly<Record<string, string>>;

export function writeAnswer(outcome: WriteOutcome): Response {
  return outcome.type === 'answer'
    ? commandAnswer(outcome.result, indexHeader(outcome.index))
    : problemResponse(failureProblem(outcome));
}

export function readAnswer(outcome: ReadOutcome, consistency: Consistency): Response {
  return outcome.type === 'answer'
    ? queryAnswer(outcome.result, {
        ...indexHeader(outcome.index),
        [HEADERS.consistency]: consistency,
        ...(outcome.ageMs === undefined ? {} : { [HEADERS.ageMs]: String(outcome.ageMs) }),
      })
    : problemResponse(failureProblem(outcome));
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
      return bytesResponse(result.previous ?? new Uint8Array(0), result.version, {
        ...headers,
        [HEADERS.previous]: result.previous === undefined ? 'absent' : 'present',
      });
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

function refusalProblem(refusal: Refusal): Problem {
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
  }
}

function queryAnswer(result: QueryResult, headers: HeaderFields): Response {
  switch (result.type) {
    case 'found':
      return bytesResponse(result.value, result.version, headers);
    case 'absent':
      return problemResponse(problem('key-not-found', 'There is no value under this key.'), headers);
  }
}

/** Never a type that a browser or a client library would look into: a value is what its writer wanted it to be. */
function bytesResponse(bytes: Uint8Array, version: number, headers: HeaderFields): Response {
  return new Response(bytes, {
    headers: {
      ...headers,
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.length),
      etag: formatEtag(version),
    },
  });
}

function failureProblem(failure: Unavailable | Overloaded): Problem {
  const { retryAfterMs } = failure;
  switch (failure.type) {
    case 'unavailable':
      return problem(
        failure.reason,
        failure.outcome === 'unknown'
          ? 'The request may have been executed, or may yet be. Sending it again is safe only under the same client and sequence.'
          : 'The request was not executed.',
        { outcome: failure.outcome, retryAfterMs },
      );
    case 'overloaded':
      return problem('overloaded', 'Too many requests are waiting. This one was not executed.', {
        outcome: 'not-executed',
        retryAfterMs,
      });
  }
}

function indexHeader(index: number | undefined): HeaderFields {
  return index === undefined ? {} : { [HEADERS.index]: String(index) };
}
