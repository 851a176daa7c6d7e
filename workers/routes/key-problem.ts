import { type KeyProblem, LIMITS, type Problem, problem, problemResponse } from '../../src/protocol/index.ts';

const DETAILS_OF_PATHS: Readonly<Record<KeyProblem, string>> = {
  'key-malformed': 'A key is percent-encoded UTF-8, and neither "." nor "..".',
  'key-empty': 'The path ends where a key should begin.',
  'key-too-long': `A key is at most ${LIMITS.keyBytesMax} bytes of UTF-8.`,
};

/** Of keys that stand in JSON. */
export const KEY_RULES: Readonly<Record<KeyProblem, string>> = {
  'key-malformed': 'a key is text without half of a surrogate pair, and neither "." nor ".."',
  'key-empty': 'a key is not empty',
  'key-too-long': `a key is at most ${LIMITS.keyBytesMax} bytes of UTF-8`,
};

export function pathKeyProblem(code: KeyProblem): Problem {
  return problem(code, DETAILS_OF_PATHS[code], keyProblemFields(code));
}

export function keyProblemFields(code: KeyProblem): { readonly bytesMax?: number } {
  return code === 'key-too-long' ? { bytesMax: LIMITS.keyBytesMax } : {};
}

export function invalidKey(code: KeyProblem): Response {
  return problemResponse(pathKeyProblem(code));
}
