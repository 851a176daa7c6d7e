export type { KeyProblem } from '../codec/index.ts';
export { formatEtag } from './etag.ts';
export { HEADERS } from './headers.ts';
export { hostName, isLoopback } from './host.ts';
export { parseInteger } from './integer.ts';
export { type DecodedKey, decodeKey, keyProblem } from './key.ts';
export { LIMITS } from './limits.ts';
export { CONSISTENCIES, type Consistency, PARAMETERS, PATHS, type StorePath } from './paths.ts';
export { formatPosition, leastRevision, type Position, parsePosition, withRevision } from './position.ts';
export {
  type FailedOutcome,
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemFields,
  problem,
  problemResponse,
  problemType,
} from './problem.ts';
