import {
  type ControllerQuery,
  type ControllerSettings,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
  encodeOutcome,
  type Outcome,
} from '../../src/controller/index.ts';
import { REPLICA_PATHS, type ReplicaAnswer } from '../../src/protocol/index.ts';
import type { Replica } from '../../src/replica/index.ts';
import { type Configuration, encodeConfiguration } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { answered, declinedAnswer, ReplicaObject, unknownPath } from './replica-object.ts';

type ControllerRaft = Replica<Outcome, ControllerQuery, Configuration>;

/** One replica of the shard controller's group. */
export class ControllerReplica extends ReplicaObject<Outcome, ControllerQuery, Configuration> {
  constructor(
    ctx: DurableObjectState,
    env: Env,
    settings: ControllerSettings = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount: env.SHARDS },
  ) {
    super(ctx, env, () => new ControllerStateMachine(settings));
  }

  protected override async serve(
    replica: ControllerRaft,
    pathname: string,
    body: Uint8Array,
  ): Promise<Response> {
    switch (pathname) {
      case REPLICA_PATHS.command:
        return answered(await change(replica, body));
      case REPLICA_PATHS.query:
        return answered(await query(replica, Number(new TextDecoder().decode(body))));
      default:
        return unknownPath();
    }
  }
}

function change(replica: ControllerRaft, command: Uint8Array): Promise<ReplicaAnswer> {
  replica.wake();
  return new Promise((resolve) => {
    replica.propose(command, (outcome) => {
      if (outcome.type === 'applied') {
        resolve({ type: 'done', index: outcome.index, result: encodeOutcome(outcome.result) });
      } else {
        resolve(outcome.type === 'unknown' ? outcome : declinedAnswer(outcome));
      }
    });
  });
}

function query(replica: ControllerRaft, number: number): Promise<ReplicaAnswer> {
  replica.wake();
  return new Promise((resolve) => {
    replica.query(number, (outcome) => {
      if (outcome.type !== 'answered') resolve(declinedAnswer(outcome));
      else resolve({ type: 'done', index: outcome.index, result: encodeConfiguration(outcome.answer) });
    });
  });
}
