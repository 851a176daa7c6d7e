/**
 * What a key of the store may be: well-formed text, of at least one byte of UTF-8, and other than "." and "..", which no
 * URL can name. So nobody could read or delete them (protocol/key.ts).
 */

import { textByteLength } from './text.ts';

export type KeyProblem = 'key-malformed' | 'key-empty' | 'key-too-long';

/** Why a string is no key of at most so many bytes, or undefined if it is one. */
export function keyProblemWithin(key: string, bytesMax: number): KeyProblem | undefined {
  if (key === '') return 'key-empty';
  if (key === '.' || key === '..' || !key.isWellFormed()) return 'key-malformed';
  return textByteLength(key) > bytesMax ? 'key-too-long' : undefined;
}
