import { type KeyProblem, keyProblemWithin } from '../codec/index.ts';
import { LIMITS } from './limits.ts';

/**
 * A key is a string of 1 to 512 bytes of UTF-8, other than "." and "..". In a URL it is everything after the
 * prefix of its store, percent-decoded exactly once; `/` may stand as itself or as `%2F`.
 *
 * The two exceptions come from the URL standard: every parser drops a path segment "." and lets ".." eat the one
 * before it, also when they are written `%2e`, and no escape exists. So no URL names the keys "." and "..", and they
 * are refused wherever they could still come in. A longer key may hold such segments, if its slashes are escaped:
 * `a%2F..%2Fb` is the key "a/../b", but `a/../b` is the key "b", long before anyone here sees it. A client
 * that escapes every slash never makes a path that means another key.
 */
export type DecodedKey =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'problem'; readonly code: KeyProblem };

/** Reads a key from the part of a URL's path that follows the prefix, as the URL parser left it. */
export function decodeKey(encoded: string): DecodedKey {
  const key = decodeStrictly(encoded);
  const code = key === undefined ? 'key-malformed' : keyProblem(key);
  return key === undefined || code !== undefined
    ? { type: 'problem', code: code ?? 'key-malformed' }
    : { type: 'key', key };
}

/** Why a string is no key, or undefined if it is one. */
export function keyProblem(key: string): KeyProblem | undefined {
  return keyProblemWithin(key, LIMITS.keyBytesMax);
}

/**
 * A lenient decoder leaves bad escapes as they are, and then `%FF` and `%25FF` name one key. `decodeURIComponent`
 * refuses incomplete escapes and bytes that are not UTF-8 (overlong forms and surrogates too).
 */
function decodeStrictly(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
