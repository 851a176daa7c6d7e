export { formatEtag, parseEtag } from './etag.ts';
export { HEADERS } from './headers.ts';
export { type DecodedKey, decodeKey, encodeKey, type KeyProblem, keyProblem } from './key.ts';
export { LIMITS } from './limits.ts';
export { CONSISTENCIES, type Consistency, keyPath, PARAMETERS, PATHS, type StorePath } from './paths.ts';
export {
  type FailedOutcome,
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemFields,
  problem,
  problemResponse,
  readProblem,
} from './problem.ts';
