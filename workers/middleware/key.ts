import { createMiddleware } from 'hono/factory';
import {
  decodeKey,
  type KeyProblem,
  LIMITS,
  problem,
  problemResponse,
  type StorePath,
} from '../../src/protocol/index.ts';

export interface KeyVariables {
  readonly Variables: { readonly key: string };
}

const DETAILS: Readonly<Record<KeyProblem, string>> = {
  'key-malformed': 'A key is percent-encoded UTF-8, and neither "." nor "..".',
  'key-empty': 'The path ends where a key should begin.',
  'key-too-long': `A key is at most ${LIMITS.keyBytesMax} bytes of UTF-8.`,
};

/** Reads the key out of the path. Relies on `c.req.path` being as the URL parser left it (see app.ts). */
export const key = (store: StorePath) =>
  createMiddleware<KeyVariables>(async (c, next) => {
    const decoded = decodeKey(c.req.path.slice(store.length + 1));
    if (decoded.type === 'problem') return invalidKey(decoded.code);
    c.set('key', decoded.key);
    return next();
  });

export function invalidKey(code: KeyProblem): Response {
  const fields = code === 'key-too-long' ? { bytesMax: LIMITS.keyBytesMax } : {};
  return problemResponse(problem(code, DETAILS[code], fields));
}
