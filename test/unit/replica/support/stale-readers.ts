/** One client that writes 1, 2, 3, … while servers crash and the group falls apart; and readers that ask any server. */

import { SESSION_COMMAND } from '../../../../src/kv/index.ts';
import { StoreGroup } from './store-group.ts';

const DURATION_MS = 20_000;
const SERVERS = 5;

export interface Violation {
  readonly atMs: number;
  readonly server: number;
  readonly ageMsMax: number;
  readonly found: number;
  readonly missed: number;
}

/** What local reads have missed though it was acknowledged longer ago than `claim` makes of the age they named. */
export function violations(
  seed: number,
  claim: (ageMsMax: number) => number,
): { readonly reads: number; readonly violated: readonly Violation[] } {
  const store = new StoreGroup({ seed, servers: SERVERS, isReliable: false });
  const { group, world } = store;
  const { scheduler, random } = world;
  /** By the number that was written. */
  const acknowledgedMs = [0];
  const violated: Violation[] = [];
  let reads = 0;

  const write = (session: { readonly client: string; readonly sequence: number }) => {
    const again = () => scheduler.after(random.between(1, 20), () => write(session));
    const number = acknowledgedMs.length;
    const leaders = group.servers.filter((server) => group.replica(server)?.isLeader === true);
    if (leaders.length === 0) return again();
    const value = new TextEncoder().encode(String(number));
    const bytes = SESSION_COMMAND.encode({ session, command: { type: 'put', key: 'key', value } });
    group.replica(random.pick(leaders))?.propose(bytes, (outcome) => {
      if (outcome.type !== 'done') return again();
      acknowledgedMs.push(scheduler.nowMs);
      const { client, sequence } = session;
      scheduler.after(random.between(1, 20), () => write({ client, sequence: sequence + 1 }));
    });
  };

  const read = () => {
    scheduler.after(random.between(5, 50), read);
    const server = random.pick(group.servers);
    const outcome = group.replica(server)?.queryLocal({ type: 'get', key: 'key' });
    if (outcome?.type !== 'done' || outcome.ageMsMax === undefined) return;
    reads += 1;
    const { result } = outcome;
    const found = result.type === 'found' ? Number(new TextDecoder().decode(result.value)) : 0;
    const ageMsMax = claim(outcome.ageMsMax);
    const missed = found + 1;
    if ((acknowledgedMs[missed] ?? Number.POSITIVE_INFINITY) < scheduler.nowMs - ageMsMax) {
      violated.push({ atMs: scheduler.nowMs, server, ageMsMax, found, missed });
    }
  };

  const disturb = () => {
    scheduler.after(random.between(300, 1500), disturb);
    const isFirst = group.servers.map(() => random.chance(1, 2));
    if (random.chance(1, 4)) group.heal();
    else
      group.partition(
        ...[true, false].map((half) => group.servers.filter((server) => isFirst[server] === half)),
      );
    if (random.chance(1, 4)) group.start(random.pick(group.servers));
  };

  write({ client: store.client('writer'), sequence: 1 });
  read();
  disturb();
  store.run(DURATION_MS);
  return { reads, violated };
}
