/** What clerks and other groups may ask of a replica of a store group, in the bytes that are deployed. */

import { encodeResult } from '../../../src/kv/index.ts';
import { encodeReplicaAnswer, REPLICA_PATHS, type ReplicaAnswer } from '../../../src/protocol/index.ts';
import type { Declined, ProposeOutcome, QueryOutcome, Replica } from '../../../src/replica/index.ts';
import {
  answerNeighbour,
  decodeShardRequest,
  encodeShardAnswer,
  encodeShardCommand,
  type Served,
  type ServingReplica,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../../../src/shard/index.ts';
import { LabFailure } from '../lab-test.ts';
import type { Server } from '../network.ts';

export type StoreRaft = Replica<StoreResult, StoreQuery, StoreAnswer>;

export function storeServices(replica: StoreRaft): Server {
  return {
    [REPLICA_PATHS.command]: (command, respond) =>
      replica.propose(command, (outcome) => respond(encodeReplicaAnswer(commandAnswer(outcome)))),
    [REPLICA_PATHS.query]: (key, respond) =>
      replica.query({ type: 'get', key: new TextDecoder().decode(key) }, (outcome) =>
        respond(encodeReplicaAnswer(queryAnswer(outcome))),
      ),
    [REPLICA_PATHS.shard]: (bytes, respond) => {
      const request = decodeShardRequest(bytes);
      if (request === undefined) throw new LabFailure('a neighbour asked in an unknown format');
      answerNeighbour(serving(replica), request, (answer) => {
        const { leader } = replica;
        const reply: ReplicaAnswer =
          answer === undefined
            ? { type: 'not-leader', leader }
            : { type: 'done', index: 0, result: encodeShardAnswer(answer) };
        respond(encodeReplicaAnswer(reply));
      });
    },
  };
}

function serving(replica: StoreRaft): ServingReplica {
  return {
    isLeader: replica.isLeader,
    serve: (request) => {
      const outcome = replica.queryLocal({ type: 'serve', request });
      return outcome.type === 'answered' ? servedIn(outcome.answer) : undefined;
    },
    propose: (command, done) =>
      replica.propose(encodeShardCommand(command), ({ type }) => done(type === 'applied')),
  };
}

function servedIn(answer: StoreAnswer): Served {
  switch (answer.type) {
    case 'part':
    case 'released':
    case 'not-now':
    case 'first':
      return answer;
    default:
      throw new LabFailure(`a neighbour was answered with ${answer.type}`);
  }
}

function commandAnswer(outcome: ProposeOutcome<StoreResult>): ReplicaAnswer {
  if (outcome.type === 'unknown') return outcome;
  if (outcome.type !== 'applied') return declined(outcome);
  const { result, index } = outcome;
  switch (result.type) {
    case 'wrong-group':
      return result;
    case 'done':
    case 'not-now':
      throw new LabFailure(`a client's command was answered with ${result.type}`);
    default:
      return { type: 'done', index, result: encodeResult(result) };
  }
}

function queryAnswer(outcome: QueryOutcome<StoreAnswer>): ReplicaAnswer {
  if (outcome.type !== 'answered') return declined(outcome);
  const { answer, index } = outcome;
  switch (answer.type) {
    case 'wrong-group':
      return answer;
    case 'found':
    case 'absent':
      return { type: 'done', index, result: encodeResult(answer) };
    default:
      throw new LabFailure(`a get was answered with ${answer.type}`);
  }
}

export function declined(outcome: Declined): ReplicaAnswer {
  return outcome.type === 'stopped' ? { type: 'not-leader', leader: undefined } : outcome;
}
