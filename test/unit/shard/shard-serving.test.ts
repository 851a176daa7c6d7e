import { expect, test } from 'vitest';
import {
  answerNeighbour,
  asGroupId,
  type Served,
  type ServingReplica,
  type ShardAnswer,
  type ShardCommand,
} from '../../../src/shard/index.ts';
import { SHARD, Stage } from './model/stage.ts';

const ASKED = {
  shard: SHARD,
  configuration: 2,
  by: asGroupId(2),
  due: 2,
  since: 0,
  bytesMax: 100,
} as const;
const ROWS = { type: 'rows', ...ASKED, cursor: '' } as const;
const CHANGES = { type: 'changes', ...ASKED, after: 0, freeze: false } as const;
const RELEASE = { type: 'release', shard: SHARD, configuration: 2 } as const;

/** A replica of group 1. `lag`: its state is so many entries old. */
function replicaOf(stage: Stage, { isLeader = true, lag = 0, accepts = true } = {}): ServingReplica {
  return {
    isLeader,
    serve: (request): Served => stage.group(1).serve(request, lag),
    propose: (command: ShardCommand, done) => {
      if (accepts) stage.propose(1, command);
      done(accepts);
    },
  };
}

function answerOf(
  replica: ServingReplica,
  request: Parameters<typeof answerNeighbour>[1],
): ShardAnswer | undefined {
  let answer: ShardAnswer | undefined;
  answerNeighbour(replica, request, (given) => {
    answer = given;
  });
  return answer;
}

test('nothing is given away before the configuration that moves it', () => {
  const stage = new Stage([1, 1], [2, 1]);
  for (const request of [ROWS, CHANGES, RELEASE]) {
    expect(answerOf(replicaOf(stage), request)).toEqual({ type: 'not-now' });
  }
});

test('nothing is given away for another configuration than that', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  expect(answerOf(replicaOf(stage), { ...ROWS, configuration: 3 })).toEqual({ type: 'not-now' });
  expect(answerOf(replicaOf(stage), ROWS)).toMatchObject({ type: 'part' });
});

test('a freeze is in the log before the last changes are read', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.append(1, '0a', 1);
  stage.take(1, 2);
  const answer = answerOf(replicaOf(stage), { ...CHANGES, freeze: true });
  expect(answer).toMatchObject({ type: 'part', part: { final: true } });
  expect(stage.isServed(1, '0a')).toBe(false);
});

test('a release is in the log before it is answered, and answered again when it is past', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  stage.propose(1, { type: 'freeze', shard: SHARD, configuration: 2, since: 0 });
  expect(answerOf(replicaOf(stage), RELEASE)).toEqual({ type: 'released' });
  expect(stage.stateOf(1, SHARD)).toBe('deleting');
  expect(answerOf(replicaOf(stage), RELEASE)).toEqual({ type: 'released' });
});

test('whoever cannot get a command into the log has no answer', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  stage.propose(1, { type: 'freeze', shard: SHARD, configuration: 2, since: 0 });
  expect(answerOf(replicaOf(stage, { accepts: false }), RELEASE)).toBeUndefined();
});

test('a release of a shard that is served costs no log entry, and changes nothing (shard.H2)', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  expect(answerOf(replicaOf(stage, { accepts: false }), RELEASE)).toEqual({ type: 'not-now' });
  expect(stage.isServed(1, '0a')).toBe(true);
});

test.each(['0', '0001da', 'group/configuration', '00'])(
  'a copy does not go on behind %s, which is no row of the shard',
  (cursor) => {
    const stage = new Stage([1, 1], [2, 1]);
    stage.take(1, 2);
    expect(answerOf(replicaOf(stage), { ...ROWS, cursor })).toEqual({ type: 'not-now' });
  },
);

test('"not now" is the leader\'s word alone: a replica that is cut off would say it for ever', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  const follower = replicaOf(stage, { isLeader: false, lag: 1 });
  expect(answerOf(follower, ROWS)).toBeUndefined();
  // What it has, it may give.
  expect(answerOf(replicaOf(stage, { isLeader: false }), ROWS)).toMatchObject({ type: 'part' });
});

test('a replica that has not seen the changes before those asked for leaves the answer to another', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.take(1, 2);
  for (const sequence of [1, 2]) stage.append(1, '0a', sequence);
  const { changes } = stage.recordOf(1, SHARD);
  const request = { ...CHANGES, after: changes };
  expect(answerOf(replicaOf(stage, { isLeader: false, lag: 1 }), request)).toBeUndefined();
  expect(answerOf(replicaOf(stage, { isLeader: true, lag: 1 }), request)).toEqual({ type: 'not-now' });
  expect(answerOf(replicaOf(stage), request)).toMatchObject({ type: 'part', part: { caughtUp: true } });
});
