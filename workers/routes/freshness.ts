import {
  CONSISTENCIES,
  type Consistency,
  HEADERS,
  LIMITS,
  PARAMETERS,
  type Position,
  type Problem,
  parsePosition,
  problem,
} from '../../src/protocol/index.ts';

type Read<Wanted> = Wanted | { readonly type: 'malformed'; readonly problem: Problem };

/** How recent a read must be: what the parameter `consistency` asks for. */
export function readConsistency(
  query: URLSearchParams,
): Read<{ readonly type: 'consistency'; readonly consistency: Consistency }> {
  const consistency = query.get(PARAMETERS.consistency) ?? 'linearizable';
  if (query.has(INDEX_OF_A_LOG)) return malformed('parameter-malformed', NO_INDEX);
  return isConsistency(consistency)
    ? { type: 'consistency', consistency }
    : malformed('parameter-malformed', UNKNOWN_CONSISTENCY);
}

/** What the sender has seen, by the header and the parameter; both count, however often they come. */
export function readPosition(
  headers: Headers,
  query: URLSearchParams,
): Read<{ readonly type: 'position'; readonly position: Position }> {
  const header = headers.get(HEADERS.position);
  const given = [...(header === null ? [] : [header]), ...query.getAll(PARAMETERS.position)];
  if (given.length === 0) return { type: 'position', position: new Map() };
  const position = parsePosition(given.join(','));
  return position === undefined
    ? malformed('position-malformed', NO_POSITION)
    : { type: 'position', position };
}

/** It was a parameter once. To ignore it would be to promise what is not kept. */
const INDEX_OF_A_LOG = 'min_index';
const NO_INDEX = `No log index is taken any more (min_index): it belongs to one group's log, and shards move. Give back ${HEADERS.position} as ${PARAMETERS.position}.`;
const UNKNOWN_CONSISTENCY = `The query parameter consistency is one of ${CONSISTENCIES.join(', ')}.`;
const NO_POSITION = `A position is what an earlier answer said in ${HEADERS.position}, as it is; several are joined by commas, in at most ${LIMITS.positionLengthMax} characters.`;

function malformed(
  code: 'parameter-malformed' | 'position-malformed',
  detail: string,
): { readonly type: 'malformed'; readonly problem: Problem } {
  return { type: 'malformed', problem: problem(code, detail) };
}

function isConsistency(value: string): value is Consistency {
  return CONSISTENCIES.some((consistency) => consistency === value);
}
