import { describe, expect, test } from 'vitest';
import {
  LIMITS,
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type ProblemCode,
  problem,
  problemResponse,
} from '../../../src/protocol/index.ts';
import { readProblem } from '../../../tools/harness/http-answers.ts';

const isCode = (code: string): code is ProblemCode => code in PROBLEMS;
const codes = Object.keys(PROBLEMS).filter(isCode);

const allFields = {
  outcome: 'unknown',
  retryAfterMs: 250,
  bytesMax: 512,
  lastSequence: 7,
  timeMs: 1_700_000_000_000,
} as const;

describe.each(codes)('the problem %s', (code) => {
  test('comes back from its response as it went', async () => {
    const bare = problem(code, 'Because.');
    const full = problem(code, 'Because.', allFields);
    expect(await readProblem(problemResponse(bare))).toEqual(bare);
    expect(await readProblem(problemResponse(full))).toEqual(full);
  });

  test('is a problem detail with the status of its response', async () => {
    const response = problemResponse(problem(code, 'Because.'));
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.status).toBe(PROBLEMS[code].status);
    expect(await response.json()).toEqual({
      type: `urn:flotilla:problem:${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: 'Because.',
      code,
      retryable: PROBLEMS[code].retryable,
    });
  });
});

test('a detail is bounded, whatever a client made it of', () => {
  const { length } = problem('body-malformed', 'x'.repeat(7_000_000)).detail;
  expect(length).toBe(LIMITS.detailLengthMax);
  const cut = problem('body-malformed', '🛶'.repeat(LIMITS.detailLengthMax)).detail;
  expect([cut.isWellFormed(), cut.endsWith('…')]).toEqual([true, true]);
});

describe('the table', () => {
  test('has no status that common clients resend after although it cannot help', () => {
    // To resend a change of the cluster, of a job or of a replica that was refused does no harm.
    // A body that came too slowly was not executed, and may come faster.
    const harmless =
      /^(already-formed|disk-kept$|group|last-group|shard|too-many-(groups|lost)|history-full|job|replica|body-timeout$)/;
    const resent = [408, 409, 429];
    for (const code of codes.filter((name) => !harmless.test(name))) {
      expect(resent).not.toContain(PROBLEMS[code].status);
    }
  });

  test('calls every 503 retryable, and nothing in the 400s but what passes: an address, a job, a slow line, a lag', () => {
    for (const code of codes) {
      const { status, retryable } = PROBLEMS[code];
      const passes =
        status === 503 || ['wrong-group', 'job-running', 'body-timeout', 'replica-behind'].includes(code);
      expect([code, retryable]).toEqual([code, passes]);
    }
  });
});

test('Retry-After is in whole seconds, and never shorter than what the body says', () => {
  const retryAfter = (retryAfterMs: number) =>
    problemResponse(problem('no-leader', 'Wait.', { retryAfterMs })).headers.get('retry-after');
  expect([retryAfter(0), retryAfter(1), retryAfter(1000), retryAfter(1001)]).toEqual(['0', '1', '1', '2']);
  expect(problemResponse(problem('internal', 'Stop.')).headers.has('retry-after')).toBe(false);
});

describe('readProblem', () => {
  const respond = (body: unknown, status = 404, contentType = PROBLEM_CONTENT_TYPE) =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': contentType },
    });
  const body = problem('key-not-found', 'No.');
  const withCode = (code: string) => ({ ...body, code, type: `urn:flotilla:problem:${code}` });

  test('takes a content type with parameters', async () => {
    expect(await readProblem(respond(body, 404, 'Application/Problem+JSON; charset=utf-8'))).toEqual(body);
  });

  test.each([
    ['another content type', respond(body, 404, 'application/json')],
    ['an error page', respond('<html>', 502, 'text/html')],
    ['a body that is not JSON', respond('{')],
    ['a body that is null', respond('null')],
    ['a body that is a list', respond([body])],
    ['a code that this client does not know', respond(withCode('moon-phase'))],
    ['a code that is a name on every object', respond(withCode('constructor'))],
    ['a type that belongs to someone else', respond({ ...body, type: 'about:blank' })],
    ['a status that is not the code’s', respond(body, 500)],
  ])('finds no problem in %s', async (_, response) => {
    expect(await readProblem(response)).toBeUndefined();
  });

  test('believes the table, and no field of a wrong type', async () => {
    const fields = { outcome: 'perhaps', retryAfterMs: -1, bytesMax: '512', lastSequence: 1.5, timeMs: null };
    const lying = { ...body, ...fields, detail: 7, retryable: true, title: 'Fine', extra: 1 };
    expect(await readProblem(respond(lying))).toEqual(problem('key-not-found', ''));
  });
});
