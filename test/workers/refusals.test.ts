import { expect, test } from 'vitest';
import { asIndex } from '../../src/raft/index.ts';
import type { LocalQueryOutcome } from '../../src/replica/index.ts';
import { asGroupId, asShardId, type StoreAnswer, type StoreQuery } from '../../src/shard/index.ts';
import { Refusals } from '../../workers/objects/refusals.ts';

const SHARD = asShardId(7);
const ELSEWHERE: StoreAnswer = { type: 'wrong-group', configuration: 3, owner: asGroupId(2) };

class ScriptedReplica {
  readonly queries: StoreQuery[] = [];
  isLeader = true;
  answer: StoreAnswer = ELSEWHERE;

  queryLocal(query: StoreQuery): LocalQueryOutcome<StoreAnswer> {
    this.queries.push(query);
    return { type: 'answered', answer: this.answer, index: asIndex(1), ageMsMax: undefined };
  }
}

test('the state is not looked at before the log has refused a command', () => {
  const replica = new ScriptedReplica();
  expect(new Refusals().find(replica, SHARD)).toBeUndefined();
  expect(replica.queries).toEqual([]);
});

test('what the log has refused is refused at once, as the state says, until the shard is served', () => {
  const replica = new ScriptedReplica();
  const refusals = new Refusals();
  refusals.add(SHARD);
  expect(refusals.find(replica, SHARD)).toEqual(ELSEWHERE);
  expect(refusals.find(replica, asShardId(8))).toBeUndefined();
  replica.answer = { type: 'served-here' };
  expect(refusals.find(replica, SHARD)).toBeUndefined();
  replica.answer = ELSEWHERE;
  expect(refusals.find(replica, SHARD)).toBeUndefined();
  expect(replica.queries).toHaveLength(2);
});

test('a replica that does not lead leaves it to the leader', () => {
  const replica = new ScriptedReplica();
  const refusals = new Refusals();
  refusals.add(SHARD);
  replica.isLeader = false;
  expect(refusals.find(replica, SHARD)).toBeUndefined();
});
