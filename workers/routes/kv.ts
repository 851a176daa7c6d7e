import { type Context, Hono } from 'hono';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import type { Command } from '../../src/kv/index.ts';
import { HEADERS, LIMITS, PATHS, problem, problemResponse } from '../../src/protocol/index.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { type KeyVariables, key } from '../middleware/key.ts';
import { unsupported } from '../middleware/unsupported.ts';
import { readAnswer, type StoreName, valueTooLarge, writeAnswer } from './answers.ts';
import { readBody } from './body.ts';
import { readFreshness } from './freshness.ts';
import { readSession } from './session.ts';

type KvContext = Context<BackendsVariables & KeyVariables>;

/** One store: GET and HEAD read the value under a key, PUT replaces it, POST appends to it, DELETE removes it. */
export function kvRoutes(store: StoreName) {
  return new Hono<BackendsVariables & KeyVariables>()
    .use(key(PATHS[store]), unsupported, etag({ retainedHeaders: RETAINED_HEADERS }))
    .get('/*', (c) => read(c, store))
    .put('/*', (c) => writeBody(c, store, 'put'))
    .post('/*', (c) => writeBody(c, store, 'append'))
    .delete('/*', (c) => write(c, store, { type: 'delete', key: c.var.key }));
}

/** "Not modified" says as much about its own freshness as the whole answer would. */
const RETAINED_HEADERS = [...RETAINED_304_HEADERS, HEADERS.index, HEADERS.consistency, HEADERS.ageMs];

async function read(c: KvContext, store: StoreName): Promise<Response> {
  const freshness = readFreshness(c.req.query());
  if (freshness.type === 'malformed') {
    const detail = `The query parameter ${freshness.parameter} has a value that means nothing.`;
    return problemResponse(problem('parameter-malformed', detail));
  }
  const { consistency, minIndex } = freshness;
  const outcome = await c.var.backends[store].read({ key: c.var.key, consistency, minIndex });
  return readAnswer(outcome, store, consistency);
}

async function writeBody(c: KvContext, store: StoreName, type: 'put' | 'append'): Promise<Response> {
  const value = await readBody(c.req.raw, LIMITS.valueBytesMax);
  if (value === 'too-large') return valueTooLarge(LIMITS.valueBytesMax);
  return write(c, store, { type, key: c.var.key, value });
}

async function write(c: KvContext, store: StoreName, command: Command): Promise<Response> {
  const session = await readSession(c.req.raw.headers, c.var.backends);
  if (session !== undefined && 'code' in session) return problemResponse(session);
  return writeAnswer(await c.var.backends[store].write(command, session), store);
}
