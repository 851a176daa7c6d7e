import type { Context } from 'hono';
import type { Session } from '../../src/kv/index.ts';
import {
  HEADERS,
  PATHS,
  type Problem,
  parseInteger,
  problem,
  problemResponse,
} from '../../src/protocol/index.ts';
import type { Backends } from '../gateway/backends.ts';
import type { BackendsVariables } from '../middleware/backends.ts';

const RETRY_AFTER_MS = 1000;

export async function newClient(c: Context<BackendsVariables>): Promise<Response> {
  const issued = await c.var.backends.newClient();
  return issued === undefined ? problemResponse(noKey()) : c.json(issued, 201);
}

/** The session of a write, as the store knows it: undefined when the request names none. */
export async function readSession(
  headers: Headers,
  backends: Pick<Backends, 'checkClient'>,
): Promise<Session | undefined | Problem> {
  const client = headers.get(HEADERS.client);
  const text = headers.get(HEADERS.sequence);
  if (client === null && text === null) return undefined;
  const sequence = text === null ? undefined : parseInteger(text, 1);
  if (client === null || sequence === undefined) {
    const detail = `${HEADERS.client} and ${HEADERS.sequence}, an integer from 1, go together.`;
    return problem('session-malformed', detail);
  }
  const checked = await backends.checkClient(client);
  switch (checked.type) {
    case 'issued':
      return { client: checked.client, sequence };
    case 'not-issued': {
      const detail = `${HEADERS.client} is no id that this cluster has issued. POST ${PATHS.sessions} issues one.`;
      return problem('client-not-issued', detail, { outcome: 'not-executed' });
    }
    case 'no-answer':
      return noKey();
  }
}

function noKey(): Problem {
  const detail = 'The shard controller, which keeps the key of client ids, did not answer in time.';
  return problem('no-leader', detail, { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS });
}
