/** The client's end of the HTTP API: how paths are made, and how tags and problems are read back. */

import {
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemFields,
  parseInteger,
  problem,
  problemType,
  type StorePath,
} from '../../src/protocol/index.ts';

/** The path of a key that has no `keyProblem`. */
export function keyPath(store: StorePath, key: string): string {
  return `${store}/${encodeKey(key)}`;
}

/** The inverse of `decodeKey`, for keys without a `keyProblem`. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key);
}

/** The version in an `ETag` that `formatEtag` made; undefined for anything else. */
export function parseEtag(etag: string): number | undefined {
  const digits = /^"(\d+)"$/.exec(etag)?.[1];
  return digits === undefined ? undefined : parseInteger(digits, 0);
}

/**
 * The problem in a response, for the client. Undefined when there is none that this table knows: the answer came
 * from something in between, or from a newer server, and its status is all there is to go by. The table decides on
 * `status`, `title` and `retryable`; a member of the wrong type is left out. Reads the body.
 */
export async function readProblem(response: Response): Promise<Problem | undefined> {
  const contentType = response.headers.get('content-type') ?? '';
  if (contentType.split(';')[0]?.trim().toLowerCase() !== PROBLEM_CONTENT_TYPE) return undefined;
  const { code, type, detail, ...fields } = parseMembers(await response.text());
  if (!isProblemCode(code) || type !== problemType(code)) return undefined;
  if (response.status !== PROBLEMS[code].status) return undefined;
  return problem(code, typeof detail === 'string' ? detail : '', readFields(fields));
}

function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}

/** The members of a problem as they may come in: anything, or nothing. */
type Members = { readonly [Member in keyof Problem]?: unknown };

function parseMembers(text: string): Members {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function readFields(members: Members): ProblemFields {
  const { outcome } = members;
  return {
    ...(outcome === 'not-executed' || outcome === 'unknown' ? { outcome } : {}),
    ...readCount(members, 'retryAfterMs'),
    ...readCount(members, 'bytesMax'),
    ...readCount(members, 'lastSequence'),
    ...readCount(members, 'timeMs'),
  };
}

function readCount(members: Members, name: keyof ProblemFields): { readonly [name: string]: number } {
  const value = members[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? { [name]: value } : {};
}
