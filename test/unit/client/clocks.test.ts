/** What a gateway's clients notice of a leader whose clock is far ahead, and of its end: the deployed parts, in virtual time. */

import { describe, expect, test } from 'vitest';
import { carryOut, GroupCaller, OneGroupRoute, SessionPool, StoreClient } from '../../../src/client/index.ts';
import { DEFAULT_KV_SETTINGS, type Session } from '../../../src/kv/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { onlyShardOf } from '../../labs/clerk.ts';
import { replicaNames } from '../../labs/group.ts';
import { labPort } from '../../labs/lab-port.ts';
import { StoreGroup } from '../replica/support/store-group.ts';

const YEAR_MS = 365 * 24 * 3_600_000;
const DEADLINE_MS = 10_000;
/** Of one write, in a group that has a leader. */
const AT_ONCE_MS = 1000;

/** Server 2 has a clock of its own. */
function cluster(aheadMs: number) {
  const store = new StoreGroup({ skewMs: (server) => (server === 2 ? aheadMs : 0) });
  const port = labPort(store.world, store.world.random.fork());
  let made = 0;
  const uniquePart = () => {
    made += 1;
    return `gateway-${made}`;
  };
  const client = new StoreClient({
    port,
    route: new OneGroupRoute(new GroupCaller(replicaNames('store', 3), port)),
    shardOf: onlyShardOf,
    sessions: new SessionPool({ settings: DEFAULT_KV_SETTINGS, uniquePart }),
    deadlineMs: DEADLINE_MS,
    localAnswerMs: DEADLINE_MS,
  });
  const write = (session?: Session) => {
    const beganMs = port.nowMs();
    let ended: unknown;
    const command = { type: 'append', key: 'k', value: new TextEncoder().encode('.') } as const;
    carryOut(client.write(command, session), port, (outcome) => {
      ended = outcome;
    });
    store.until(() => ended !== undefined);
    expect(port.nowMs() - beganMs).toBeLessThan(AT_ONCE_MS);
    return ended;
  };
  const lead = (server: number): void => {
    const leader = store.leader();
    if (leader !== server) store.replica(leader).transferLeadership(asReplicaId(server + 1));
    // Until all know: who hands over refuses what comes meanwhile.
    store.until(() => store.group.servers.every((each) => store.replica(each).leader === server + 1));
  };
  return { store, write, lead };
}

const EXECUTED = { type: 'answered', result: { type: 'appended' } };

describe.each([
  ['a year ahead', YEAR_MS],
  ['a year behind', -YEAR_MS],
])('a leader whose clock is %s', (_, aheadMs) => {
  test('executes what comes, and so does the next leader at once', () => {
    const { store, write, lead } = cluster(aheadMs);
    store.leader();
    lead(0);
    const before = { client: store.client('before'), sequence: 1 };
    expect(write(before)).toMatchObject(EXECUTED);
    lead(2);
    const meanwhile = { client: store.client('meanwhile'), sequence: 1 };
    for (let count = 0; count < 20; count += 1) expect(write()).toMatchObject(EXECUTED);
    expect(write(meanwhile)).toMatchObject(EXECUTED);
    lead(1);
    for (let count = 0; count < 20; count += 1) expect(write()).toMatchObject(EXECUTED);
    for (const session of [before, meanwhile]) {
      expect(write({ ...session, sequence: 2 }), 'a session that was open').toMatchObject(EXECUTED);
    }
    expect(write({ client: store.client('after'), sequence: 1 }), 'a new session').toMatchObject(EXECUTED);
  });
});
