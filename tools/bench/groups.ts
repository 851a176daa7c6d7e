/**
 * Two groups beside one, on the same machine and in turns: the machine is the limit, and routing must not be. Each group
 * gets as many clients as the one has. With as many in all instead, each group's batches are half as large, and a batch
 * costs its messages and writes whatever its size: what two groups then lack is what they lose in sharing.
 */

import { runLoad } from './load.ts';
import { mixedRequest, numberedKeys, putAll, SMALL_VALUE } from './requests.ts';
import { type Spread, spread } from './statistics.ts';

/** Operations per second, half puts and half linearizable gets. */
export interface GroupsComparison {
  readonly oneGroup: Spread;
  readonly twoGroups: Spread;
  /** Two groups over one, turn by turn. */
  readonly ratio: Spread;
  /** The same with as many clients in all as the one group has. */
  readonly ratioOfShared: Spread;
}

export interface TurnSchedule {
  readonly turns: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

/** Of clusters that run: one has one group, the other two. */
export interface GroupsUrls {
  readonly oneGroup: string;
  readonly twoGroups: string;
}

const KEYS = numberedKeys('groups', 1000);

export async function compareGroups(
  { oneGroup, twoGroups }: GroupsUrls,
  clientsPerGroup: number,
  { turns: count, roundMs, warmUpMs }: TurnSchedule,
  onTurn: () => void,
): Promise<GroupsComparison> {
  const run = async (url: string, clients: number, durationMs: number): Promise<number> => {
    const nextRequest = () => mixedRequest(KEYS);
    const load = await runLoad({ url, warmUpMs: 0, durationMs, clients, nextRequest });
    return load.operationsPerSecond;
  };
  for (const url of [oneGroup, twoGroups]) {
    await putAll(url, KEYS, SMALL_VALUE);
    await run(url, clientsPerGroup, warmUpMs);
  }
  const turns: { readonly one: number; readonly two: number; readonly shared: number }[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    turns.push({
      one: await run(oneGroup, clientsPerGroup, roundMs),
      two: await run(twoGroups, 2 * clientsPerGroup, roundMs),
      shared: await run(twoGroups, clientsPerGroup, roundMs),
    });
    onTurn();
  }
  return {
    oneGroup: spread(turns.map(({ one }) => one)),
    twoGroups: spread(turns.map(({ two }) => two)),
    ratio: spread(turns.map(({ one, two }) => two / one)),
    ratioOfShared: spread(turns.map(({ one, shared }) => shared / one)),
  };
}
