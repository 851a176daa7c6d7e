import { CONSISTENCIES, type Consistency, PARAMETERS, parseInteger } from '../../src/protocol/index.ts';

/** How recent a read must be. */
export type ReadFreshness =
  | { readonly type: 'freshness'; readonly consistency: Consistency; readonly minIndex: number | undefined }
  | { readonly type: 'malformed'; readonly parameter: string };

/** What a query string asks for. Parameters that are not ours mean nothing and change nothing. */
export function readFreshness(query: Readonly<Record<string, string>>): ReadFreshness {
  const consistency = query[PARAMETERS.consistency] ?? 'linearizable';
  const asked = query[PARAMETERS.minIndex];
  if (!isConsistency(consistency)) return { type: 'malformed', parameter: PARAMETERS.consistency };
  if (asked === undefined) return { type: 'freshness', consistency, minIndex: undefined };
  const minIndex = parseInteger(asked, 0);
  return minIndex === undefined
    ? { type: 'malformed', parameter: PARAMETERS.minIndex }
    : { type: 'freshness', consistency, minIndex };
}

function isConsistency(value: string): value is Consistency {
  return CONSISTENCIES.some((consistency) => consistency === value);
}
