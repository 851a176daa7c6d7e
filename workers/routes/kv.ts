import { type Context, Hono } from 'hono';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import type { Command } from '../../src/kv/index.ts';
import { HEADERS, LIMITS, leastRevision, PATHS, problemResponse } from '../../src/protocol/index.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { type KeyVariables, key } from '../middleware/key.ts';
import { unsupported } from '../middleware/unsupported.ts';
import { readAnswer, type StoreName, valueTooLarge, writeAnswer } from './answers.ts';
import { withBody } from './body.ts';
import { readConsistency, readPosition } from './freshness.ts';
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
const RETAINED_HEADERS = [...RETAINED_304_HEADERS, HEADERS.position, HEADERS.consistency, HEADERS.ageMs];

async function read(c: KvContext, store: StoreName): Promise<Response> {
  const query = queryOf(c.req.raw);
  const asked = readConsistency(query);
  if (asked.type === 'malformed') return problemResponse(asked.problem);
  const seen = readPosition(c.req.raw.headers, query);
  if (seen.type === 'malformed') return problemResponse(seen.problem);
  const { key, backends } = c.var;
  const shard = backends[store].shardOf(key);
  const minRevision = leastRevision(seen.position, shard);
  // Where a position leaves open what was seen, only a linearizable read is sure to include it.
  const consistency = minRevision === undefined ? 'linearizable' : asked.consistency;
  const outcome = await backends[store].read({ key, consistency, minRevision: minRevision ?? 0 });
  return readAnswer(outcome, { store, shard, seen: seen.position }, consistency);
}

function queryOf({ url }: Request): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : url.slice(at));
}

async function writeBody(c: KvContext, store: StoreName, type: 'put' | 'append'): Promise<Response> {
  const { budgets } = c.var.backends;
  return withBody(c.req.raw, LIMITS.valueBytesMax, budgets.bodies, async (value) =>
    value === 'too-large'
      ? valueTooLarge(LIMITS.valueBytesMax)
      : write(c, store, { type, key: c.var.key, value }),
  );
}

async function write(c: KvContext, store: StoreName, command: Command): Promise<Response> {
  const session = await readSession(c.req.raw.headers, c.var.backends);
  if (session !== undefined && 'code' in session) return problemResponse(session);
  const seen = readPosition(c.req.raw.headers, queryOf(c.req.raw));
  if (seen.type === 'malformed') return problemResponse(seen.problem);
  const backend = c.var.backends[store];
  const asked = { store, shard: backend.shardOf(command.key), seen: seen.position };
  return writeAnswer(await backend.write(command, session), asked);
}
