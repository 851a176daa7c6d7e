import { type KeyProblem, LIMITS, problem, problemResponse } from '../../src/protocol/index.ts';

const DETAILS: Readonly<Record<KeyProblem, string>> = {
  'key-malformed': 'A key is percent-encoded UTF-8, and neither "." nor "..".',
  'key-empty': 'The path ends where a key should begin.',
  'key-too-long': `A key is at most ${LIMITS.keyBytesMax} bytes of UTF-8.`,
};

export function invalidKey(code: KeyProblem): Response {
  const fields = code === 'key-too-long' ? { bytesMax: LIMITS.keyBytesMax } : {};
  return problemResponse(problem(code, DETAILS[code], fields));
}
