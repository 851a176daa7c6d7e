/** What another group, which gets a shard from this one, is answered. */

import { describe, expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, type Message } from '../../../src/raft/index.ts';
import { BATCH, MESSAGE, REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { SHARD_ANSWER, SHARD_COMMAND, SHARD_REQUEST } from '../../../src/shard/index.ts';
import {
  ALL_HERE,
  FREEZE,
  groupWith,
  KEY,
  LAST_CHANGES,
  LEAVES,
  MOVE,
  REFUSED,
  RELEASE,
  ROWS,
} from './support/sharded-group.ts';

describe('another group', () => {
  test('gets rows of a shard that leaves from any replica', () => {
    const group = groupWith(ALL_HERE);
    group.append(group.leader(), KEY);
    group.decide(LEAVES);
    for (const server of group.group.servers)
      expect(group.askShard(server, ROWS)).toMatchObject({ type: 'done', result: { type: 'part' } });
  });

  test('has the shard frozen by the leader, before it gets the last changes', () => {
    const group = groupWith(ALL_HERE, LEAVES);
    const toLeader = { type: 'not-leader', leader: asReplicaId(group.leader() + 1) };
    expect(group.askShard(group.follower(), LAST_CHANGES)).toEqual(toLeader);
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: { type: 'appended' } });
    expect(group.askShard(group.leader(), LAST_CHANGES)).toMatchObject({
      type: 'done',
      index: 0,
      result: { type: 'part', part: { final: true } },
    });
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: REFUSED });
    expect(group.askShard(group.follower(), LAST_CHANGES)).toMatchObject({ type: 'done' });
  });

  test('has a shard released that has arrived', () => {
    const group = groupWith(ALL_HERE, LEAVES, FREEZE);
    const release = { type: 'release', ...MOVE } as const;
    expect(group.askShard(group.leader(), release)).toMatchObject({ result: { type: 'released' } });
    expect(group.askShard(group.follower(), release)).toMatchObject({ result: { type: 'released' } });
  });

  test('is not believed that the group was declared lost, whatever configuration it names', () => {
    const group = groupWith(ALL_HERE);
    for (const configuration of [0, 1, 2, 1_000_000]) {
      for (const server of group.group.servers) group.askShard(server, { type: 'lost', configuration });
    }
    expect(group.askShard(group.leader(), { type: 'lost', configuration: 9 })).toMatchObject({
      result: { type: 'not-now' },
    });
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: { type: 'appended' } });
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: { type: 'appended' } });
  });

  test('hears "not now" from the leader alone', () => {
    const group = groupWith(ALL_HERE);
    expect(group.askShard(group.leader(), ROWS)).toMatchObject({ result: { type: 'not-now' } });
    expect(group.askShard(group.follower(), ROWS)).toEqual({
      type: 'not-leader',
      leader: asReplicaId(group.leader() + 1),
    });
  });

  test('is not answered by a replica that loses its leadership before the shard is frozen', () => {
    const group = groupWith(ALL_HERE, LEAVES);
    const leader = group.leader();
    group.cutOff(leader);
    expect(group.askShard(leader, LAST_CHANGES)).toMatchObject({ type: 'not-leader' });
  });

  test('hears from a replica that was deposed while it had the shard frozen that the shard is gone, and not "not now"', () => {
    const group = groupWith(ALL_HERE, LEAVES);
    const leader = group.leader();
    group.cutOff(leader);
    const heard: (Uint8Array | undefined)[] = [];
    const request = SHARD_REQUEST.encode(LAST_CHANGES);
    group.server(leader).handle(REPLICA_PATHS.shard, request, (answer) => heard.push(answer));
    group.run(10);
    // Its successor has the freeze, and has had the shard released since.
    const { term, last } = group.replica(leader).status();
    const next = { index: asIndex(last.index + 1), term: asTerm(term + 1) };
    const payload = BATCH.encode({ timeMs: 0, commands: [SHARD_COMMAND.encode(RELEASE)] });
    const message: Message = {
      type: 'append-request',
      from: asReplicaId(group.follower() + 1),
      to: asReplicaId(leader + 1),
      term: next.term,
      previous: last,
      entries: [{ ...next, kind: 'command', payload }],
      commit: next.index,
      readRound: 0,
      touch: false,
    };
    group.server(leader).handle(REPLICA_PATHS.raft, MESSAGE.encode(message), () => {});
    group.run(10);
    const [answer] = heard.map((each) => each && REPLICA_ANSWER.decode(each));
    expect(answer?.type === 'done' && SHARD_ANSWER.decode(answer.result)).toEqual({ type: 'gone' });
  });
});
