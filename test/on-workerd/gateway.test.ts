/** The gateway, over objects that answer what the test says. */

import { expect, test } from 'vitest';
import type { CallOutcome } from '../../src/client/index.ts';
import type { CommandResult } from '../../src/kv/index.ts';
import { asIndex } from '../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS, type ReplicaAnswer } from '../../src/replica/index.ts';
import { asGroupId, CONFIGURATION, STORE_REPLY } from '../../src/shard/index.ts';
import { Gateway } from '../../workers/gateway/gateway.ts';
import { objectsThatAnswer } from './objects-that-answer.ts';

type Answer = ReplicaAnswer<Uint8Array>;

const LATEST = CONFIGURATION.encode({
  number: 1,
  shards: [asGroupId(1)],
  groups: new Map([1, 2].map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }])),
  joining: new Map(),
  lost: [],
});
const OVERLOADED: Answer = { type: 'overloaded' };

function done(result: Uint8Array): Answer {
  return { type: 'done', index: asIndex(1), result, ageMsMax: undefined };
}

function refusal(owner: number): Answer {
  return done(STORE_REPLY.encode({ type: 'wrong-group', configuration: 1, owner: asGroupId(owner) }));
}

/** One replica a group; the answers of each in turn, the last one for good. `undefined` is no answer. */
async function write(
  answers: Readonly<Record<string, readonly (Answer | undefined)[]>>,
): Promise<CallOutcome<CommandResult>> {
  const asked = new Map<string, number>();
  const answerOf = (name: string): Answer | undefined => {
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    return answers[name]?.[Math.min(turn, answers[name].length - 1)];
  };
  const env = objectsThatAnswer((name, url) => {
    const isConfiguration = name.startsWith('controller') && url.endsWith(REPLICA_PATHS.query);
    const answer = isConfiguration ? done(LATEST) : answerOf(name);
    return answer && new Response(REPLICA_ANSWER.encode(answer));
  });
  const gateway = new Gateway(env);
  return gateway.run(gateway.store.write({ type: 'append', key: 'key', value: new Uint8Array(1) }));
}

test('a write that nobody can have executed is said to be not executed', async () => {
  const outcome = await write({ 'group-1/1': [refusal(2)], 'group-2/1': [OVERLOADED] });
  expect(outcome).toEqual({ type: 'failed', reason: 'overloaded', mayBeExecuted: false });
});

test('a write whose first attempt had no answer may be executed, whatever the groups say afterwards', async () => {
  const outcome = await write({ 'group-1/1': [undefined, refusal(2)], 'group-2/1': [OVERLOADED] });
  expect(outcome).toMatchObject({ type: 'failed', mayBeExecuted: true });
});

test('also when no group serves the shard any more within the deadline', async () => {
  const outcome = await write({ 'group-1/1': [undefined, refusal(2)], 'group-2/1': [refusal(1)] });
  expect(outcome).toMatchObject({ type: 'failed', mayBeExecuted: true });
});
