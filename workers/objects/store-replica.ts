import { DEFAULT_KV_SETTINGS, decodeScanQuery, encodeResult, encodeScanResult } from '../../src/kv/index.ts';
import {
  decodeLocalQuery,
  InvariantError,
  REPLICA_PATHS,
  type ReplicaAnswer,
} from '../../src/protocol/index.ts';
import { asIndex } from '../../src/raft/index.ts';
import type {
  LocalQueryOutcome,
  ProposeOutcome,
  QueryAtOutcome,
  QueryOutcome,
  Replica,
} from '../../src/replica/index.ts';
import {
  answerNeighbour,
  createShardOf,
  decodeShardRequest,
  decodeStoreCommand,
  encodeShardAnswer,
  encodeShardCommand,
  NOBODY,
  Refusals,
  type RefusingReplica,
  type Served,
  type ServingReplica,
  type ShardAnswer,
  ShardedStore,
  type ShardOf,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { MigrationLoop } from './migration-loop.ts';
import { parseStoreGroupName } from './replica-name.ts';
import { answered, declinedAnswer, ReplicaObject, unknownFormat, unknownPath } from './replica-object.ts';

type StoreRaft = Replica<StoreResult, StoreQuery, StoreAnswer>;

/** One replica of a store group. As leader it also sees to it that shards move. */
export class StoreReplica extends ReplicaObject<StoreResult, StoreQuery, StoreAnswer> {
  readonly #shardOf: ShardOf;
  readonly #refusals = new Refusals();
  #migration: MigrationLoop | undefined;

  constructor(ctx: DurableObjectState, env: Env, shardOf: ShardOf = createShardOf(env.SHARDS)) {
    super(
      ctx,
      env,
      ({ group }) =>
        new ShardedStore({
          group: parseStoreGroupName(group) ?? NOBODY,
          shardCount: env.SHARDS,
          shardOf,
          kv: DEFAULT_KV_SETTINGS,
        }),
    );
    this.#shardOf = shardOf;
  }

  protected override async serve(replica: StoreRaft, pathname: string, body: Uint8Array): Promise<Response> {
    switch (pathname) {
      case REPLICA_PATHS.command:
        return this.#execute(replica, body);
      case REPLICA_PATHS.query:
        replica.wake();
        return answered(
          await new Promise((resolve) => replica.query(get(body), (o) => resolve(readAnswer(o)))),
        );
      case REPLICA_PATHS.scan:
        return scan(replica, body);
      case REPLICA_PATHS.localQuery:
        return queryLocal(replica, body);
      case REPLICA_PATHS.shard:
        return this.#serveShard(replica, body);
      case REPLICA_PATHS.work:
        return Response.json(replica.queryLocal({ type: 'work' }));
      default:
        return unknownPath();
    }
  }

  protected override roleChanged(replica: StoreRaft): void {
    this.#migration?.stop();
    this.#migration = replica.isLeader ? new MigrationLoop(this.env, replica) : undefined;
  }

  async #execute(replica: StoreRaft, body: Uint8Array): Promise<Response> {
    const command = decodeStoreCommand(body);
    if (command?.type !== 'client') return unknownFormat();
    const shard = this.#shardOf(command.command.command.key);
    const refusal = this.#refusals.find(refusing(replica), shard);
    if (refusal !== undefined) return answered(refusal);
    // A group that is new, or that nobody has called for long: `wake` does not wait for the silence to be noticed.
    replica.wake();
    const answer = await new Promise<ReplicaAnswer>((resolve) => {
      replica.propose(body, (outcome) => resolve(commandAnswer(outcome)));
    });
    if (answer.type === 'wrong-group') this.#refusals.add(shard);
    return answered(answer);
  }

  async #serveShard(replica: StoreRaft, body: Uint8Array): Promise<Response> {
    const request = decodeShardRequest(body);
    if (request === undefined) return unknownFormat();
    const answer = await new Promise<ShardAnswer | undefined>((resolve) => {
      answerNeighbour(serving(replica), request, resolve);
    });
    if (answer === undefined) return answered({ type: 'not-leader', leader: replica.leader });
    return answered({ type: 'done', index: 0, result: encodeShardAnswer(answer) });
  }
}

/** Out of this replica's own state, once that includes the index that the caller has seen. */
async function queryLocal(replica: StoreRaft, body: Uint8Array): Promise<Response> {
  const query = decodeLocalQuery(body);
  if (query === undefined) return unknownFormat();
  const { key, minIndex } = query;
  const outcome = await new Promise<QueryAtOutcome<StoreAnswer>>((resolve) => {
    replica.queryAt(asIndex(minIndex), { type: 'get', key }, resolve);
  });
  switch (outcome.type) {
    case 'answered':
      return answered(localAnswer(outcome));
    case 'behind':
      return answered({ type: 'not-leader', leader: replica.leader });
    case 'overloaded':
    case 'stopped':
      return answered(declinedAnswer(outcome));
  }
}

function localAnswer(outcome: Extract<LocalQueryOutcome<StoreAnswer>, { type: 'answered' }>): ReplicaAnswer {
  const answer = readAnswer(outcome);
  return answer.type === 'done' ? { ...answer, ageMsMax: outcome.ageMsMax } : answer;
}

/** A replica as `answerNeighbour` sees it. */
function serving(replica: StoreRaft): ServingReplica {
  return {
    isLeader: replica.isLeader,
    serve(request) {
      const outcome = replica.queryLocal({ type: 'serve', request });
      return outcome.type === 'answered' && isServed(outcome.answer) ? outcome.answer : undefined;
    },
    propose(command, done) {
      replica.wake();
      replica.propose(encodeShardCommand(command), (outcome) => done(outcome.type === 'applied'));
    },
  };
}

/** A replica as `Refusals` sees it. */
function refusing(replica: StoreRaft): RefusingReplica {
  return {
    isLeader: replica.isLeader,
    refusal(shard) {
      const outcome = replica.queryLocal({ type: 'refusal', shard });
      return outcome.type === 'answered' && outcome.answer.type === 'wrong-group'
        ? outcome.answer
        : undefined;
    },
  };
}

function isServed(answer: StoreAnswer): answer is Served {
  return ['part', 'released', 'not-now', 'first'].includes(answer.type);
}

async function scan(replica: StoreRaft, body: Uint8Array): Promise<Response> {
  const query = decodeScanQuery(body);
  if (query === undefined) return unknownFormat();
  replica.wake();
  return answered(
    await new Promise((resolve) => replica.query(query, (outcome) => resolve(readAnswer(outcome)))),
  );
}

function get(body: Uint8Array): StoreQuery {
  return { type: 'get', key: new TextDecoder().decode(body) };
}

function commandAnswer(outcome: ProposeOutcome<StoreResult>): ReplicaAnswer {
  if (outcome.type === 'unknown') return outcome;
  if (outcome.type !== 'applied') return declinedAnswer(outcome);
  const { result, index } = outcome;
  switch (result.type) {
    case 'wrong-group':
      return result;
    case 'done':
    case 'not-now':
      throw new InvariantError(`a client's command was answered with ${result.type}`);
    default:
      return { type: 'done', index, result: encodeResult(result) };
  }
}

function readAnswer(outcome: QueryOutcome<StoreAnswer>): ReplicaAnswer {
  if (outcome.type !== 'answered') return declinedAnswer(outcome);
  const { answer, index } = outcome;
  switch (answer.type) {
    case 'found':
    case 'absent':
      return { type: 'done', index, result: encodeResult(answer) };
    case 'scanned':
      return { type: 'done', index, result: encodeScanResult(answer) };
    case 'wrong-group':
      return answer;
    default:
      throw new InvariantError(`a read was answered with ${answer.type}`);
  }
}
