/** Two groups beside one, on the same machine and in turns: the machine is the limit, and routing must not be. */

import type { Schedule } from './comparison.ts';
import { runLoad } from './load.ts';
import { mixedRequest, numberedKeys, putAll, SMALL_VALUE } from './requests.ts';
import { type Spread, spread } from './statistics.ts';

/** Operations per second, half puts and half linearizable gets. */
export interface GroupsComparison {
  readonly oneGroup: Spread;
  readonly twoGroups: Spread;
  /** Two groups over one, pair by pair. */
  readonly ratio: Spread;
}

/** Of clusters that run: one has one group, the other two. */
export interface GroupsUrls {
  readonly oneGroup: string;
  readonly twoGroups: string;
}

const KEYS = numberedKeys('groups', 1000);

export async function compareGroups(
  { oneGroup, twoGroups }: GroupsUrls,
  clients: number,
  { pairs, roundMs, warmUpMs }: Schedule,
): Promise<GroupsComparison> {
  const run = async (url: string, durationMs: number): Promise<number> => {
    const load = await runLoad({ url, durationMs, clients, nextRequest: () => mixedRequest(KEYS) });
    return load.operationsPerSecond;
  };
  for (const url of [oneGroup, twoGroups]) {
    await putAll(url, KEYS, SMALL_VALUE);
    await run(url, warmUpMs);
  }
  const rounds: { readonly one: number; readonly two: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    rounds.push({ one: await run(oneGroup, roundMs), two: await run(twoGroups, roundMs) });
  }
  return {
    oneGroup: spread(rounds.map(({ one }) => one)),
    twoGroups: spread(rounds.map(({ two }) => two)),
    ratio: spread(rounds.map(({ one, two }) => two / one)),
  };
}
