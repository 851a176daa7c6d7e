/** What clerks may ask of a server, on the network of the course's tests, in the bytes that are deployed. */

import {
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  encodeResult,
  type Query,
  type QueryResult,
} from '../../src/kv/index.ts';
import { encodeReplicaAnswer, REPLICA_PATHS, type ReplicaAnswer } from '../../src/protocol/index.ts';
import type { ProposeOutcome, QueryOutcome, Replica } from '../../src/replica/index.ts';
import { asShardId, StoreStateMachine } from '../../src/shard/index.ts';
import type { Table } from '../../src/storage/index.ts';
import type { Server } from './network.ts';

/** All of the store is one. */
export const ONLY_SHARD = asShardId(0);

export function kvServices(replica: Replica<CommandResult, Query, QueryResult>): Server {
  return {
    [REPLICA_PATHS.command]: (command, respond) =>
      replica.propose(command, (outcome) => respond(encodeReplicaAnswer(commandAnswer(outcome)))),
    [REPLICA_PATHS.query]: (key, respond) =>
      replica.query({ type: 'get', key: new TextDecoder().decode(key) }, (outcome) =>
        respond(encodeReplicaAnswer(queryAnswer(outcome))),
      ),
  };
}

/** The unreplicated server: the same state machine on a table, and nothing else. */
export function soloServices(table: Table, wallClockMs: () => number): Server {
  const machine = new StoreStateMachine(() => ONLY_SHARD, DEFAULT_KV_SETTINGS);
  const done = (result: CommandResult | QueryResult) =>
    encodeReplicaAnswer({ type: 'done', index: 0, result: encodeResult(result) });
  return {
    [REPLICA_PATHS.command]: (command, respond) =>
      respond(done(machine.apply(table, command, wallClockMs()))),
    [REPLICA_PATHS.query]: (key, respond) =>
      respond(done(machine.query(table, { type: 'get', key: new TextDecoder().decode(key) }))),
  };
}

function commandAnswer(outcome: ProposeOutcome<CommandResult>): ReplicaAnswer {
  switch (outcome.type) {
    case 'applied':
      return { type: 'done', index: outcome.index, result: encodeResult(outcome.result) };
    case 'stopped':
      return { type: 'not-leader', leader: undefined };
    default:
      return outcome;
  }
}

function queryAnswer(outcome: QueryOutcome<QueryResult>): ReplicaAnswer {
  switch (outcome.type) {
    case 'answered':
      return { type: 'done', index: outcome.index, result: encodeResult(outcome.answer) };
    case 'stopped':
      return { type: 'not-leader', leader: undefined };
    default:
      return outcome;
  }
}
