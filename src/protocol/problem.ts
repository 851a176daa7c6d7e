import { LIMITS } from './limits.ts';

/**
 * Failures on the wire: RFC 9457 problem details, made from one table.
 *
 * `retryable` says that the same request may succeed later. It does not say that sending it again is harmless: when
 * `outcome` is `unknown`, the first one may have been executed, and only a session makes the second one count once.
 *
 * No read or write of a key is answered with 409: widespread HTTP clients resend after it unasked. A refused change of
 * the cluster is, since to resend it does no harm; a body that came too slowly is 408 for the same reason. For the same reason what this server does not
 * support is 400 and not 501, which such clients take for a passing failure. An expired session is 422 and not 410,
 * because 410 speaks of the resource in the URL, the key, which is not gone.
 */
export const PROBLEMS = {
  'key-malformed': { status: 400, title: 'Malformed key', retryable: false },
  'key-empty': { status: 400, title: 'Empty key', retryable: false },
  'key-too-long': { status: 400, title: 'Key too long', retryable: false },
  'parameter-malformed': { status: 400, title: 'Malformed parameter', retryable: false },
  'position-malformed': { status: 400, title: 'Malformed position', retryable: false },
  'session-malformed': { status: 400, title: 'Malformed session headers', retryable: false },
  'session-unsupported': { status: 400, title: 'Session not supported', retryable: false },
  'client-not-issued': { status: 400, title: 'Client id not issued here', retryable: false },
  'host-malformed': { status: 400, title: 'Malformed Host', retryable: false },
  'condition-unsupported': { status: 400, title: 'Conditional request not supported', retryable: false },
  'job-invalid': { status: 400, title: 'Invalid job', retryable: false },
  'partial-put-unsupported': { status: 400, title: 'Partial PUT not supported', retryable: false },
  'cross-site': { status: 403, title: 'Not from another site', retryable: false },
  'route-not-found': { status: 404, title: 'No such route', retryable: false },
  'key-not-found': { status: 404, title: 'No such key', retryable: false },
  'job-unknown': { status: 404, title: 'No such job', retryable: false },
  'output-unknown': { status: 404, title: 'No such output', retryable: false },
  'trace-off': { status: 404, title: 'Tracing is off', retryable: false },
  'method-not-allowed': { status: 405, title: 'Method not allowed', retryable: false },
  'body-malformed': { status: 400, title: 'Malformed request body', retryable: false },
  'body-incomplete': { status: 400, title: 'Incomplete request body', retryable: false },
  'configuration-unknown': { status: 404, title: 'No such configuration', retryable: false },
  'already-formed': { status: 409, title: 'Cluster already formed', retryable: false },
  'confirmation-missing': { status: 400, title: 'Confirmation missing', retryable: false },
  'disk-kept': { status: 409, title: 'Disk is kept', retryable: false },
  'group-exists': { status: 409, title: 'Group already joined', retryable: false },
  'group-invalid': { status: 400, title: 'Invalid group', retryable: false },
  'group-lost': { status: 409, title: 'Group was declared lost', retryable: false },
  'group-unknown': { status: 409, title: 'No such group', retryable: false },
  'history-full': { status: 409, title: 'A group is too far behind', retryable: false },
  'last-group': { status: 409, title: 'The last group cannot leave', retryable: false },
  'no-groups': { status: 400, title: 'No groups named', retryable: false },
  'replica-behind': { status: 409, title: 'Replica has not caught up', retryable: true },
  'replica-not-forgetful': { status: 409, title: 'Replica has not lost its disk', retryable: false },
  'replica-unknown': { status: 404, title: 'No such replica', retryable: false },
  'shard-unknown': { status: 409, title: 'No such shard', retryable: false },
  'too-many-groups': { status: 409, title: 'Too many groups', retryable: false },
  'too-many-lost': { status: 409, title: 'Too many groups were lost', retryable: false },
  'body-timeout': { status: 408, title: 'Request body too slow', retryable: true },
  'job-running': { status: 409, title: 'Job still running', retryable: true },
  'job-ended': { status: 409, title: 'Job has ended', retryable: false },
  'length-required': { status: 411, title: 'Length required', retryable: false },
  'body-too-large': { status: 413, title: 'Request body too large', retryable: false },
  'line-too-long': { status: 413, title: 'Line too long', retryable: false },
  'value-too-large': { status: 413, title: 'Value too large', retryable: false },
  'content-type-unsupported': { status: 415, title: 'Content type not supported', retryable: false },
  'format-unknown': { status: 415, title: 'Unknown message format', retryable: false },
  'wrong-group': { status: 421, title: 'Not served by this group', retryable: true },
  'sequence-reused': { status: 422, title: 'Sequence reused for another command', retryable: false },
  'sequence-stale': { status: 422, title: 'Sequence already passed', retryable: false },
  'session-expired': { status: 422, title: 'Session expired', retryable: false },
  'shard-count-mismatch': {
    status: 500,
    title: 'Not the number of shards of this cluster',
    retryable: false,
  },
  internal: { status: 500, title: 'Internal error', retryable: false },
  'no-leader': { status: 503, title: 'No leader', retryable: true },
  'group-unreachable': { status: 503, title: 'Group unreachable', retryable: true },
  'controller-unreachable': { status: 503, title: 'Controller unreachable', retryable: true },
  'shard-moving': { status: 503, title: 'Shard on its way', retryable: true },
  timeout: { status: 503, title: 'No answer in time', retryable: true },
  overloaded: { status: 503, title: 'Overloaded', retryable: true },
  'command-unreadable': { status: 503, title: 'Not readable by all replicas yet', retryable: true },
  'storage-full': { status: 507, title: 'No room', retryable: false },
} as const satisfies Record<string, ProblemKind>;

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** Was the request executed before it failed? */
export type FailedOutcome = 'not-executed' | 'unknown';

/** What some problems say beyond their code. Each member is on the wire only if it is known. */
export interface ProblemFields {
  readonly outcome?: FailedOutcome;
  /** How long to wait before the next attempt; the header `Retry-After` says it in whole seconds. */
  readonly retryAfterMs?: number;
  /** The limit that was exceeded. */
  readonly bytesMax?: number;
  /** The sequence of the last write that the session has seen. */
  readonly lastSequence?: number;
  /** The store's time: a client id issued then opens a session. */
  readonly timeMs?: number;
}

export interface Problem extends ProblemKind, ProblemFields {
  readonly type: string;
  readonly code: ProblemCode;
  readonly detail: string;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export function problem(code: ProblemCode, detail: string, fields: ProblemFields = {}): Problem {
  return { type: problemType(code), ...PROBLEMS[code], code, detail: shortened(detail), ...fields };
}

/** What a client sent may be in it, so it is never longer than this, whoever wrote it. */
function shortened(detail: string): string {
  if (detail.length <= LIMITS.detailLengthMax) return detail;
  return `${detail.slice(0, LIMITS.detailLengthMax - 1).toWellFormed()}…`;
}

export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, retryAfterMs } = problem;
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      'content-type': PROBLEM_CONTENT_TYPE,
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
      ...headers,
    },
  });
}

/** No website stands behind it: a problem type is a name (RFC 9457 §3.1.1). */
export function problemType(code: ProblemCode): string {
  return `urn:flotilla:problem:${code}`;
}
