/** A router gives neither a group nor the controller all the time that a call has. */

import { expect, test } from 'vitest';
import {
  type Attempt,
  type CallOutcome,
  type CallPort,
  ControllerClient,
  GroupCaller,
  ShardRouter,
} from '../../../src/client/index.ts';
import { encodeText } from '../../../src/codec/index.ts';
import { QUERY } from '../../../src/kv/index.ts';
import { asIndex } from '../../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, asShardId, CONFIGURATION, NOBODY, STORE_REPLY } from '../../../src/shard/index.ts';

const SHARD = asShardId(0);
const ASK_MS = 1;
const PATIENCE_MS = 100;
const HANG_MS = 600_000;

const FOUND = STORE_REPLY.encode({ type: 'found', value: encodeText('v'), version: 1, revision: 1 });
const REFUSED = STORE_REPLY.encode({ type: 'wrong-group', configuration: 1, owner: NOBODY });
const configuration = (number: number, owner: number): Uint8Array =>
  CONFIGURATION.encode({
    number,
    shards: [asGroupId(owner)],
    groups: new Map(),
    joining: new Map(),
    lost: [],
  });

/** What a read comes to. `answer` is the result that a replica gives at a time, if it is there. */
function read(
  deadlineMs: number,
  answer: (replica: string, atMs: number) => Uint8Array | undefined,
): CallOutcome<unknown> {
  let nowMs = 0;
  const unused = (): never => {
    throw new Error('the steps are carried out here');
  };
  const port: CallPort = {
    nowMs: () => nowMs,
    wallClockMs: () => nowMs,
    random: () => 0,
    ask: unused,
    pause: unused,
  };
  const ask = ({ replica }: Attempt): Uint8Array | undefined => {
    nowMs += ASK_MS;
    const result = answer(replica, nowMs);
    return result && REPLICA_ANSWER.encode({ type: 'done', index: asIndex(1), result, ageMsMax: undefined });
  };
  const router = new ShardRouter({
    port,
    shardCount: 1,
    controller: new ControllerClient({
      group: new GroupCaller(['controller'], port),
      firstGroups: new Map(),
      newClient: unused,
    }),
    replicasOf: (group) => [`group-${group}`],
    patienceMs: PATIENCE_MS,
  });
  const body = QUERY.encode({ type: 'get', key: 'key' });
  const call = router.call(SHARD, REPLICA_PATHS.query, body, deadlineMs);
  for (let step = call.next(); ; ) {
    if (step.done) return step.value;
    if (nowMs > HANG_MS) throw new Error('it hangs');
    if (step.value.type === 'ask') {
      step = call.next(ask(step.value.attempt));
    } else {
      nowMs += step.value.durationMs;
      step = call.next();
    }
  }
}

test('a group that comes back answers in time, though the controller is gone', () => {
  const outcome = read(1000, (replica, atMs) => {
    if (replica === 'controller') return atMs < 10 ? configuration(1, 1) : undefined;
    return atMs > 600 ? FOUND : undefined;
  });
  expect(outcome).toMatchObject({ type: 'answered', result: { type: 'found' } });
});

test('a call without a deadline leaves a group that is gone for the one that has the shard now', () => {
  const outcome = read(Number.POSITIVE_INFINITY, (replica, atMs) => {
    if (replica === 'controller') return atMs < 5000 ? configuration(1, 1) : configuration(2, 2);
    return replica === 'group-2' ? FOUND : undefined;
  });
  expect(outcome).toMatchObject({ type: 'answered', result: { type: 'found' } });
});

test('a call without a deadline ends after no number of hops', () => {
  const outcome = read(Number.POSITIVE_INFINITY, (replica, atMs) => {
    if (replica === 'controller') return configuration(1, 1);
    return atMs < 60_000 ? REFUSED : FOUND;
  });
  expect(outcome).toMatchObject({ type: 'answered', result: { type: 'found' } });
});
