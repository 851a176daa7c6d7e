/** Many operations in one request: a body of JSON, which is refused or carried out whole, or a stream of lines. */

import type { Context } from 'hono';
import { HEADERS, LIMITS, type Problem, problem, problemResponse } from '../../src/protocol/index.ts';
import { BatchRun } from '../batch/batch-run.ts';
import { feedLines } from '../batch/feed-lines.ts';
import { readJsonBatch } from '../batch/json-batch.ts';
import { LineReader } from '../batch/line-reader.ts';
import type { BatchOperation } from '../batch/operation.ts';
import { ResultsBody, type ResultsForm } from '../batch/results-body.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { type RequestIdVariables, requestName } from '../middleware/common-headers.ts';
import { RequestTimer } from '../request-timer.ts';
import { type Answer, problemAnswer } from './answers.ts';
import { withBody } from './body.ts';
import { readConsistency, readPosition } from './freshness.ts';
import { mediaType } from './json-body.ts';
import { queryOf } from './kv.ts';
import { unsupported } from './unsupported.ts';

type BatchContext = Context<BackendsVariables & RequestIdVariables>;

/** Keeps the request alive until then, where a host would end it when its client leaves. */
export type KeepAlive = (c: Context, until: Promise<unknown>) => void;

const JSON_FORM: ResultsForm = {
  contentType: 'application/json',
  open: '{"results":[',
  between: ',',
  after: '',
  close: ']}',
};
const LINES_FORM: ResultsForm = {
  contentType: 'application/x-ndjson',
  open: '',
  between: '',
  after: '\n',
  close: '',
};

export function batchRoute(keepAlive: KeepAlive): (c: BatchContext) => Promise<Response> {
  return async (c) => {
    const { raw } = c.req;
    const found = named(raw.headers) ?? unsupported(raw);
    if (found !== undefined) return problemResponse(found);
    const run = newRun(c);
    if ('code' in run) return problemResponse(run);
    switch (mediaType(raw.headers)) {
      case JSON_FORM.contentType:
        return json(c, run, keepAlive);
      case LINES_FORM.contentType:
        return lines(c, run, keepAlive);
      default: {
        const detail =
          'A batch is JSON (content-type: application/json), or a stream of lines (application/x-ndjson).';
        return problemResponse(problem('content-type-unsupported', detail));
      }
    }
  };
}

/** A session names one write. */
function named(headers: Headers): Problem | undefined {
  const header = [HEADERS.client, HEADERS.sequence].find((name) => headers.has(name));
  if (header === undefined) return undefined;
  const detail = `${header} names one write, and a batch has many: it takes no session, and what it sends again by itself is executed once. Nothing was executed.`;
  return problem('session-unsupported', detail);
}

function newRun(c: BatchContext): BatchRun | Problem {
  const { raw } = c.req;
  const query = queryOf(raw);
  const asked = readConsistency(query);
  if (asked.type === 'malformed') return asked.problem;
  const seen = readPosition(raw.headers, query);
  if (seen.type === 'malformed') return seen.problem;
  const { budgets, kv } = c.var.backends;
  const backend = kv.pausingBy?.(new RequestTimer().pause) ?? kv;
  const onError = (error: unknown, { type }: BatchOperation): Answer => {
    console.error(`${requestName(c.get('requestId'), raw.headers)} failed in a batch:`, error);
    const outcome = type === 'get' ? 'not-executed' : 'unknown';
    const detail = 'The server failed in a way that it did not expect.';
    return problemAnswer(problem('internal', detail, { outcome }));
  };
  const target = { store: 'kv', backend, seen: seen.position } as const;
  return new BatchRun({ target, consistency: asked.consistency, budgets, onError });
}

function json(c: BatchContext, run: BatchRun, keepAlive: KeepAlive): Promise<Response> {
  const { raw } = c.req;
  const { bodies, replies } = c.var.backends.budgets;
  return withBody(raw, LIMITS.batchBodyBytesMax, bodies, async (body) => {
    const batch = readJsonBatch(body);
    if (batch.type === 'refused') return problemResponse(batch.problem);
    const results = new ResultsBody({ run, form: JSON_FORM, replies, signal: raw.signal });
    keepAlive(c, results.ended);
    for (const operation of batch.operations)
      run.add(operation, 'value' in operation ? operation.value.length : 0);
    run.complete();
    return new Response(await results.begin(), { headers: { 'content-type': JSON_FORM.contentType } });
  });
}

async function lines(c: BatchContext, run: BatchRun, keepAlive: KeepAlive): Promise<Response> {
  const { raw } = c.req;
  const { bodies, replies } = c.var.backends.budgets;
  const body = raw.body ?? new Blob([]).stream();
  const reader = new LineReader(body, bodies);
  const results = new ResultsBody({ run, lines: reader, form: LINES_FORM, replies, signal: raw.signal });
  keepAlive(c, results.ended);
  feedLines(reader, run).catch((error: unknown) => {
    console.error(`${requestName(c.get('requestId'), raw.headers)} failed:`, error);
    run.end();
  });
  return new Response(results.stream(), { headers: { 'content-type': LINES_FORM.contentType } });
}
