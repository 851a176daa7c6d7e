import { PATHS } from '../../src/protocol/index.ts';

/** The store group that a cluster begins with. */
const FIRST_GROUP = 'group-1';

interface StatusAnswer {
  readonly groups: readonly {
    readonly name: string;
    readonly replicas: readonly { readonly id: number; readonly role: string; readonly term?: number }[];
  }[];
}

/** The name of the object that leads the group; undefined between two leaders. */
export async function findLeader(url: string, group: string): Promise<string | undefined> {
  const response = await fetch(`${url}${PATHS.status}`);
  const { groups } = (await response.json()) as StatusAnswer;
  // One who was deposed may not know it yet: its term is lower.
  const [leader] = (groups.find(({ name }) => name === group)?.replicas ?? [])
    .filter(({ role }) => role === 'leader')
    .toSorted((a, b) => (b.term ?? 0) - (a.term ?? 0));
  return leader === undefined ? undefined : `${group}/${leader.id}`;
}

/** Ends the leader's object, as a fault would. Needs a cluster that runs the fault Worker. Returns its name. */
export async function crashLeader(url: string, group = FIRST_GROUP): Promise<string> {
  const leader = await findLeader(url, group);
  if (leader === undefined) throw new Error(`nobody leads ${group}, so there is no leader to crash`);
  await fetch(`${url}/crash/${leader}`, { method: 'POST' });
  return leader;
}
