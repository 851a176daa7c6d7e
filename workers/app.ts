import { type Context, Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { LIMITS, PATHS, problem, problemResponse } from '../src/protocol/index.ts';
import type { Backends } from './gateway/backends.ts';
import { type BackendsVariables, backends } from './middleware/backends.ts';
import { commonHeaders, requestName } from './middleware/common-headers.ts';
import { localGuard } from './middleware/local-guard.ts';
import { plainHost } from './middleware/plain-host.ts';
import { batchRoute, type KeepAlive } from './routes/batch.ts';
import { BodyFailure } from './routes/body.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { type HoldReply, kvRoute } from './routes/kv.ts';
import { newClient } from './routes/session.ts';
import { trace } from './routes/trace.ts';

const RETRY_AFTER_MS = 1000;

/**
 * The HTTP API. `chooseBackends` is asked on every request, so it must be cheap. `holdReply` counts the bytes of values
 * until clients have taken them, where the runtime tells when that is; `keepAlive` lets a request end what it has begun.
 */
export function createApp<Bindings extends object>(
  chooseBackends: (env: Bindings) => Backends,
  holdReply: HoldReply = (response) => response,
  keepAlive: KeepAlive = () => {},
) {
  const app = new Hono<BackendsVariables>({ getPath });
  const kv = { chooseBackends, holdReply, onError };
  return app
    .all(`${PATHS.kv}/*`, kvRoute({ ...kv, store: 'kv' }))
    .all(`${PATHS.solo}/*`, kvRoute({ ...kv, store: 'solo' }))
    .use(commonHeaders, methodNotAllowed({ app, onMethodNotAllowed }))
    .use(plainHost, localGuard, backends(chooseBackends))
    .notFound(() => problemResponse(problem('route-not-found', 'Nothing is served under this path.')))
    .onError(onError)
    .route(PATHS.cluster, clusterRoutes())
    .post(PATHS.batch, batchRoute(keepAlive))
    .post(PATHS.sessions, newClient)
    .get(PATHS.trace, trace)
    .get(PATHS.status, async (c) => c.json(await c.var.backends.status()))
    .get('/', (c) => c.json(INDEX));
}

const INDEX = {
  name: 'flotilla',
  endpoints: {
    kv: `${PATHS.kv}/{key}`,
    solo: `${PATHS.solo}/{key}`,
    batch: PATHS.batch,
    sessions: PATHS.sessions,
    status: PATHS.status,
    trace: PATHS.trace,
    cluster: PATHS.cluster,
  },
} as const;

/**
 * Routes are matched against the path as the URL standard writes it, not against Hono's lenient decoding of it: the
 * key is read from the same string, and is decoded once. Some hosts hand over the request line as it came, others
 * parse it first; parsing it here too makes them agree on what "." segments and backslashes mean (protocol/key.ts).
 * An address that a Host of nonsense made is refused before any route sees it (middleware/plain-host.ts).
 */
function getPath(request: Request): string {
  return URL.parse(request.url)?.pathname ?? '';
}

function onMethodNotAllowed(c: Context, methods: string[]): Response {
  const allow = methods.join(', ');
  return problemResponse(problem('method-not-allowed', `${c.req.method} is not one of ${allow}.`), { allow });
}

/** A client that leaves is no failure of the server, and gets one line: most of the time nobody sees the answer. */
function onBodyFailure({ code }: BodyFailure, c: Context): Response {
  if (code === 'body-incomplete') {
    console.warn(`${requestName(c.get('requestId'), c.req.raw.headers)}: the body broke off`);
    return problemResponse(problem(code, 'The body broke off, and nothing was executed.'));
  }
  if (code === 'overloaded') {
    const detail = 'Too many bytes of requests are under way. This one was not executed.';
    return problemResponse(problem(code, detail, { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS }));
  }
  const detail = `The body did not arrive within ${LIMITS.bodyDeadlineMs / 1000} s, and nothing was executed.`;
  return problemResponse(problem(code, detail, { outcome: 'not-executed' }));
}

/** What went wrong is for the operator, who finds it by the request id; the client learns only that it did. */
function onError(error: Error, c: Context): Response {
  if (error instanceof BodyFailure) return onBodyFailure(error, c);
  console.error(`${requestName(c.get('requestId'), c.req.raw.headers)} failed:`, error);
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const detail = 'The server failed in a way that it did not expect.';
  return problemResponse(problem('internal', detail, { outcome: isRead ? 'not-executed' : 'unknown' }));
}
