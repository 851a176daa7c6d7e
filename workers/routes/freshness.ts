import { CONSISTENCIES, type Consistency, PARAMETERS } from '../../src/protocol/index.ts';

/** How recent a read must be. */
export type ReadFreshness =
  | { readonly type: 'freshness'; readonly consistency: Consistency; readonly minIndex: number | undefined }
  | { readonly type: 'malformed'; readonly parameter: string };

/** What a query string asks for. Parameters that are not ours mean nothing and change nothing. */
export function readFreshness(query: Readonly<Record<string, string>>): ReadFreshness {
  const consistency = query[PARAMETERS.consistency] ?? 'linearizable';
  const minIndex = query[PARAMETERS.minIndex];
  if (!isConsistency(consistency)) return { type: 'malformed', parameter: PARAMETERS.consistency };
  if (minIndex === undefined) return { type: 'freshness', consistency, minIndex };
  return /^\d+$/.test(minIndex) && Number.isSafeInteger(Number(minIndex))
    ? { type: 'freshness', consistency, minIndex: Number(minIndex) }
    : { type: 'malformed', parameter: PARAMETERS.minIndex };
}

function isConsistency(value: string): value is Consistency {
  return CONSISTENCIES.some((consistency) => consistency === value);
}
