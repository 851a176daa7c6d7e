/**
 * The data path: what every operation on a key goes through, matched once, its headers made once. So it is one function,
 * and not a row of middlewares, each of which would cost as much as all that it does.
 */

import type { Context, ExecutionContext } from 'hono';
import type { Command } from '../../src/kv/index.ts';
import {
  decodeKey,
  LIMITS,
  PATHS,
  type Problem,
  problem,
  problemResponse,
} from '../../src/protocol/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import type { Backends } from '../gateway/backends.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { commonFields, type RequestIdVariables, setCommonHeaders } from '../middleware/common-headers.ts';
import { crossSiteProblem } from '../middleware/local-guard.ts';
import { hostProblem } from '../middleware/plain-host.ts';
import { answerResponse } from './answer-response.ts';
import { type StoreName, valueTooLarge } from './answers.ts';
import { withBody } from './body.ts';
import { readConsistency, readPosition } from './freshness.ts';
import { readKey, writeKey } from './key-operations.ts';
import { invalidKey } from './key-problem.ts';
import { notModified } from './not-modified.ts';
import { readSession } from './session.ts';
import { unsupported } from './unsupported.ts';

type KvContext = Context<BackendsVariables & RequestIdVariables>;

/** What is done with an answer before it leaves. */
export type HoldReply = (
  response: Response,
  asked: {
    readonly request: Request;
    readonly replies: ByteBudget;
    readonly context: () => Pick<ExecutionContext, 'waitUntil'>;
  },
) => Response;

export interface KvParts<Bindings> {
  readonly store: StoreName;
  readonly chooseBackends: (env: Bindings) => Backends;
  readonly holdReply: HoldReply;
  readonly onError: (error: Error, c: Context) => Response;
}

/** What is asked of one key. */
interface KeyRequest {
  readonly c: KvContext;
  readonly store: StoreName;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** GET and HEAD read the value under a key, PUT replaces it, POST appends to it, DELETE removes it. */
export function kvRoute<Bindings>(parts: KvParts<Bindings>): (c: KvContext) => Promise<Response> {
  const { store, chooseBackends, holdReply, onError } = parts;
  return async (c) => {
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    const headers = commonFields(c.req.raw, requestId);
    let response: Response;
    try {
      const found = refusal(c);
      if (found !== undefined) response = problemResponse(found);
      else {
        const backends = chooseBackends(c.env as Bindings);
        c.set('backends', backends);
        const { replies } = backends.budgets;
        const answer = await serve(c, store, headers);
        response = holdReply(answer, { request: c.req.raw, replies, context: () => c.executionCtx });
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      response = onError(error, c);
    }
    setCommonHeaders(response.headers, headers);
    return response;
  };
}

function refusal(c: KvContext): Problem | undefined {
  const { raw } = c.req;
  return hostProblem(raw) ?? crossSiteProblem(raw, c.env) ?? unsupported(raw);
}

/** Relies on `c.req.path` being as the URL parser left it (app.ts). */
async function serve(c: KvContext, store: StoreName, headers: KeyRequest['headers']): Promise<Response> {
  const { method } = c.req.raw;
  if (!METHODS.includes(method)) return methodNotAllowed(method);
  const decoded = decodeKey(c.req.path.slice(PATHS[store].length + 1));
  if (decoded.type === 'problem') return invalidKey(decoded.code);
  const asked: KeyRequest = { c, store, key: decoded.key, headers };
  switch (method) {
    case 'PUT':
      return writeBody(asked, 'put');
    case 'POST':
      return writeBody(asked, 'append');
    case 'DELETE':
      return write(asked, { type: 'delete', key: asked.key });
    default:
      return notModified(c.req.raw.headers, await read(asked));
  }
}

function methodNotAllowed(method: string): Response {
  const allow = METHODS.join(', ');
  return problemResponse(problem('method-not-allowed', `${method} is not one of ${allow}.`), { allow });
}

async function read({ c, store, key, headers }: KeyRequest): Promise<Response> {
  const query = queryOf(c.req.raw);
  const asked = readConsistency(query);
  if (asked.type === 'malformed') return problemResponse(asked.problem);
  const seen = readPosition(c.req.raw.headers, query);
  if (seen.type === 'malformed') return problemResponse(seen.problem);
  const backend = c.var.backends[store];
  const shard = backend.shardOf(key);
  const answer = await readKey({ store, backend, seen: seen.position }, key, shard, asked.consistency);
  return answerResponse(answer, { shard, seen: seen.position, headers });
}

export function queryOf({ url }: Request): URLSearchParams {
  const at = url.indexOf('?');
  return at === -1 ? NO_PARAMETERS : new URLSearchParams(url.slice(at));
}

/** Nobody adds to it. */
const NO_PARAMETERS = new URLSearchParams();

function writeBody(request: KeyRequest, type: 'put' | 'append'): Promise<Response> {
  const { c, key } = request;
  const { budgets } = c.var.backends;
  return withBody(c.req.raw, LIMITS.valueBytesMax, budgets.bodies, async (value) =>
    value === 'too-large' ? problemResponse(valueTooLarge()) : write(request, { type, key, value }),
  );
}

async function write({ c, store, headers }: KeyRequest, command: Command): Promise<Response> {
  const { raw } = c.req;
  const session = await readSession(raw.headers, c.var.backends);
  if (session !== undefined && 'code' in session) return problemResponse(session);
  const seen = readPosition(raw.headers, queryOf(raw));
  if (seen.type === 'malformed') return problemResponse(seen.problem);
  const backend = c.var.backends[store];
  const shard = backend.shardOf(command.key);
  const answer = await writeKey({ store, backend, seen: seen.position }, command, shard, session);
  return answerResponse(answer, { shard, seen: seen.position, headers });
}
