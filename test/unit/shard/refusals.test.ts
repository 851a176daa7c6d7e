import { expect, test } from 'vitest';
import { asGroupId, asShardId, Refusals, type ShardId, type WrongGroup } from '../../../src/shard/index.ts';

const SHARD = asShardId(7);
const ELSEWHERE: WrongGroup = { type: 'wrong-group', configuration: 3, owner: asGroupId(2) };

class ScriptedReplica {
  readonly asked: ShardId[] = [];
  isLeader = true;
  answer: WrongGroup | undefined = ELSEWHERE;

  refusal(shard: ShardId): WrongGroup | undefined {
    this.asked.push(shard);
    return this.answer;
  }
}

test('the state is not looked at before the log has refused a command', () => {
  const replica = new ScriptedReplica();
  expect(new Refusals().find(replica, SHARD)).toBeUndefined();
  expect(replica.asked).toEqual([]);
});

test('what the log has refused is refused at once, as the state says, until the shard is served', () => {
  const replica = new ScriptedReplica();
  const refusals = new Refusals();
  refusals.add(SHARD);
  expect(refusals.find(replica, SHARD)).toEqual(ELSEWHERE);
  expect(refusals.find(replica, asShardId(8))).toBeUndefined();
  replica.answer = undefined;
  expect(refusals.find(replica, SHARD)).toBeUndefined();
  replica.answer = ELSEWHERE;
  expect(refusals.find(replica, SHARD)).toBeUndefined();
  expect(replica.asked).toHaveLength(2);
});

test('a replica that does not lead leaves it to the leader', () => {
  const replica = new ScriptedReplica();
  const refusals = new Refusals();
  refusals.add(SHARD);
  replica.isLeader = false;
  expect(refusals.find(replica, SHARD)).toBeUndefined();
});
