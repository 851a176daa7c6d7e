/**
 * The order and the bytes of keys. JavaScript compares strings by UTF-16 unit, which puts U+1F600 before U+FFFD;
 * SQLite compares UTF-8 bytes, which is the order of code points. All implementations must agree on the latter.
 */

import { isSurrogate } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';

/** Negative, zero or positive, as `left` comes before, is, or comes after `right` by code point. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const leftUnit = left.charCodeAt(at);
    const rightUnit = right.charCodeAt(at);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}

/** The first key that comes after `key`: where a scan goes on. */
export function keyAfter(key: string): string {
  return `${key}\u0000`;
}

/** A key with a lone surrogate has no UTF-8 form: two such keys would become one row on disk. */
export function assertKey(key: string): void {
  invariant(key.isWellFormed(), `the key ${JSON.stringify(key)} has a lone surrogate`);
}

/** Surrogates stand for code points above all that fit into one unit. */
function codePointRank(unit: number): number {
  return isSurrogate(unit) ? unit + 0x10000 : unit;
}
