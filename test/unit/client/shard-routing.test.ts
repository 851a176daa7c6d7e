import { expect, test } from 'vitest';
import { ShardRouting } from '../../../src/client/shard-routing.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  NOBODY,
  type WrongGroup,
} from '../../../src/shard/index.ts';

const [A, B, C] = [asGroupId(1), asGroupId(2), asGroupId(3)];
const SHARD = asShardId(0);

function configuration(number: number, ...shards: readonly number[]): Configuration {
  return { number, shards: shards.map(asGroupId), groups: new Map(), joining: new Map(), lost: [] };
}

function refusal(known: number, owner: number): WrongGroup {
  return { type: 'wrong-group', configuration: known, owner: asGroupId(owner) };
}

function routing(latest: Configuration): ShardRouting {
  const made = new ShardRouting();
  made.learnConfiguration(latest);
  return made;
}

test('without a configuration nobody is asked', () => {
  expect(new ShardRouting().target(SHARD)).toBe(NOBODY);
  expect(new ShardRouting().wantsConfiguration({ type: 'no-answer' })).toBe(true);
});

test('client.R1: a refusal leads to the group that it names, for that shard alone', () => {
  const router = routing(configuration(3, B, B));
  router.learn(SHARD, B, refusal(3, A));
  expect(router.target(SHARD)).toBe(A);
  expect(router.target(asShardId(1))).toBe(B);
});

test('client.R1: who refuses and names itself, or nobody, is no detour', () => {
  const router = routing(configuration(3, B));
  router.learn(SHARD, B, refusal(3, B));
  expect(router.target(SHARD)).toBe(B);
  router.learn(SHARD, B, refusal(0, NOBODY));
  expect(router.target(SHARD)).toBe(B);
});

test('client.R1: a detour ends when its group refuses', () => {
  const router = routing(configuration(3, B));
  router.learn(SHARD, B, refusal(3, A));
  router.learn(SHARD, A, refusal(3, B));
  expect(router.target(SHARD)).toBe(B);
});

test('a shard on its way over two groups is found by following refusals', () => {
  const owners = new Map([
    [C, B],
    [B, A],
  ]);
  const router = routing(configuration(4, C));
  const asked = [];
  for (let hop = 0; hop < 4; hop += 1) {
    const target = router.target(SHARD);
    asked.push(target);
    const owner = owners.get(target);
    if (owner !== undefined) router.learn(SHARD, target, refusal(4, owner));
  }
  expect(asked).toEqual([C, B, A, A]);
});

test('client.R2: a newer configuration ends all detours, an older one changes nothing', () => {
  const router = routing(configuration(3, B));
  router.learn(SHARD, B, refusal(3, A));
  router.learnConfiguration(configuration(2, C));
  expect(router.target(SHARD)).toBe(A);
  router.learnConfiguration(configuration(4, C));
  expect(router.target(SHARD)).toBe(C);
  expect(router.configuration?.number).toBe(4);
});

test('a refusal that knows a newer configuration is a reason to look for it', () => {
  const router = routing(configuration(3, B));
  expect(router.wantsConfiguration(refusal(4, A))).toBe(true);
  expect(router.wantsConfiguration(refusal(3, A))).toBe(false);
});

test('client.R3: a group that does not answer is no detour any more, and a reason to look for a configuration', () => {
  const router = routing(configuration(3, B));
  router.learn(SHARD, B, refusal(3, A));
  expect(router.wantsConfiguration({ type: 'no-answer' })).toBe(true);
  router.learn(SHARD, A, { type: 'no-answer' });
  expect(router.target(SHARD)).toBe(B);
});
