import { DurableObject } from 'cloudflare:workers';
import {
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  encodeResult,
  type Query,
  type QueryResult,
} from '../../src/kv/index.ts';
import {
  decodeMessage,
  encodeMessage,
  encodeReplicaAnswer,
  MessageFormatError,
  REPLICA_PATHS,
  type ReplicaAnswer,
} from '../../src/protocol/index.ts';
import { asReplicaId, DEFAULT_LIMITS, isRequest, type Reply } from '../../src/raft/index.ts';
import {
  DEFAULT_REPLICA_LIMITS,
  type ProposeOutcome,
  type QueryOutcome,
  Replica,
} from '../../src/replica/index.ts';
import { createShardOf, StoreStateMachine } from '../../src/shard/index.ts';
import { durableObjectSqlPort, FormatError, SqlStorage } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { whenDurable } from './durability.ts';
import { FetchTransport } from './fetch-transport.ts';
import { ObjectClock } from './object-clock.ts';
import { parseReplicaName, type ReplicaName } from './replica-stub.ts';

type StoreRaft = Replica<CommandResult, Query, QueryResult>;

/** One replica of a store group. Everything it knows is on its disk; this shell gives it a clock, a disk and a network. */
export class StoreReplica extends DurableObject<Env> {
  readonly #replica: StoreRaft | FormatError;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseReplicaName(ctx.id.name ?? '');
    if (name === undefined) throw new Error(`${ctx.id.name} is not the name of a replica`);
    this.#replica = this.#open(name);
  }

  override async fetch(request: Request): Promise<Response> {
    const replica = this.#replica;
    const { pathname } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    if (replica instanceof FormatError) return refuse(replica, pathname);
    switch (pathname) {
      case REPLICA_PATHS.raft:
        return receive(replica, body);
      case REPLICA_PATHS.command:
        return answered(await propose(replica, body));
      case REPLICA_PATHS.query:
        return answered(await query(replica, body));
      case REPLICA_PATHS.localQuery:
        return answered(queryAnswer(replica.queryLocal(readQuery(body))));
      case REPLICA_PATHS.status:
        return Response.json(replica.status());
      default:
        return new Response(null, { status: 404 });
    }
  }

  #open({ group, id }: ReplicaName): StoreRaft | FormatError {
    const { ctx, env } = this;
    const clock = new ObjectClock(() => replica.tick());
    let replica: StoreRaft;
    try {
      replica = new Replica({
        options: {
          raft: {
            ...DEFAULT_LIMITS,
            id,
            electionTimeoutMs: env.ELECTION_TIMEOUT_MS,
            heartbeatIntervalMs: env.HEARTBEAT_INTERVAL_MS,
            replyTimeoutMs: env.REPLY_TIMEOUT_MS,
            random: (bound) => Math.floor(Math.random() * bound),
          },
          limits: DEFAULT_REPLICA_LIMITS,
        },
        membership: {
          voters: Array.from({ length: env.REPLICAS_PER_GROUP }, (_, slot) => asReplicaId(slot + 1)),
          learners: [],
        },
        stateMachine: new StoreStateMachine(createShardOf(env.SHARDS), DEFAULT_KV_SETTINGS),
        storage: new SqlStorage(durableObjectSqlPort(ctx.storage), { whenDurable: whenDurable(ctx.storage) }),
        transport: new FetchTransport(env, group),
        clock,
        onHalt: (error) => {
          console.error(`replica ${group}/${id} stops:`, error);
          ctx.abort(`replica ${group}/${id} stopped: ${error}`);
        },
      });
    } catch (error) {
      if (error instanceof FormatError) return error;
      throw error;
    }
    return replica;
  }
}

/** The disk belongs to other code: say so, and touch nothing. */
function refuse(error: FormatError, pathname: string): Response {
  if (pathname !== REPLICA_PATHS.status) return new Response(error.message, { status: 503 });
  return Response.json({ role: 'refused', reason: error.message });
}

function receive(replica: StoreRaft, body: Uint8Array): Promise<Response> {
  let message: ReturnType<typeof decodeMessage>;
  try {
    message = decodeMessage(body);
  } catch (error) {
    if (error instanceof MessageFormatError)
      return Promise.resolve(new Response(error.message, { status: 400 }));
    throw error;
  }
  if (!isRequest(message)) return Promise.resolve(new Response('not a request', { status: 400 }));
  const request = message;
  return new Promise((resolve) => {
    replica.receive(request, (reply: Reply | undefined) => {
      resolve(reply === undefined ? new Response(null, { status: 204 }) : new Response(encodeMessage(reply)));
    });
  });
}

function propose(replica: StoreRaft, command: Uint8Array): Promise<ReplicaAnswer> {
  // A group that is new, or that nobody has called for long: do not wait for the silence to be noticed.
  replica.wake();
  return new Promise((resolve) => {
    replica.propose(command, (outcome) => resolve(commandAnswer(outcome)));
  });
}

function query(replica: StoreRaft, body: Uint8Array): Promise<ReplicaAnswer> {
  replica.wake();
  return new Promise((resolve) => {
    replica.query(readQuery(body), (outcome) => resolve(queryAnswer(outcome)));
  });
}

function readQuery(body: Uint8Array): Query {
  return { type: 'get', key: new TextDecoder().decode(body) };
}

function commandAnswer(outcome: ProposeOutcome<CommandResult>): ReplicaAnswer {
  switch (outcome.type) {
    case 'applied':
      return { type: 'done', index: outcome.index, result: encodeResult(outcome.result) };
    case 'stopped':
      return { type: 'not-leader', leader: undefined };
    case 'not-leader':
    case 'unknown':
    case 'overloaded':
      return outcome;
  }
}

function queryAnswer(outcome: QueryOutcome<QueryResult>): ReplicaAnswer {
  switch (outcome.type) {
    case 'answered':
      return { type: 'done', index: outcome.index, result: encodeResult(outcome.answer) };
    case 'stopped':
      return { type: 'not-leader', leader: undefined };
    case 'not-leader':
    case 'overloaded':
      return outcome;
  }
}

function answered(answer: ReplicaAnswer): Response {
  return new Response(encodeReplicaAnswer(answer));
}
