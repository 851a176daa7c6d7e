import { DurableObject } from 'cloudflare:workers';
import {
  decodeMessage,
  encodeMessage,
  encodeReplicaAnswer,
  MessageFormatError,
  REPLICA_PATHS,
  type ReplicaAnswer,
} from '../../src/protocol/index.ts';
import { DEFAULT_LIMITS, isRequest } from '../../src/raft/index.ts';
import {
  DEFAULT_REPLICA_LIMITS,
  type Declined,
  Replica,
  type ReplicaLimits,
  type StateMachine,
} from '../../src/replica/index.ts';
import { durableObjectSqlPort, FormatError, SqlStorage } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { whenDurable } from './durability.ts';
import { FetchTransport } from './fetch-transport.ts';
import { ObjectClock } from './object-clock.ts';
import { firstReplicas, formatReplicaName, parseReplicaName, type ReplicaName } from './replica-name.ts';

/**
 * A replica as a Durable Object. Everything it knows is on its disk; this shell gives it a clock, a disk and a network,
 * and passes on what other replicas say. What clients ask is for the classes that extend it.
 */
export abstract class ReplicaObject<Result, Query, Answer> extends DurableObject<Env> {
  readonly #replica: Replica<Result, Query, Answer> | FormatError;

  constructor(
    ctx: DurableObjectState,
    env: Env,
    stateMachine: (name: ReplicaName) => StateMachine<Result, Query, Answer>,
  ) {
    super(ctx, env);
    const name = parseReplicaName(ctx.id.name ?? '');
    if (name === undefined) throw new Error(`${ctx.id.name} is not the name of a replica`);
    this.#replica = this.#open(name, stateMachine(name));
  }

  override async fetch(request: Request): Promise<Response> {
    const replica = this.#replica;
    const { pathname } = new URL(request.url);
    // The body is read whatever comes of it: an object with an unread one cannot rest.
    const body = new Uint8Array(await request.arrayBuffer());
    if (replica instanceof FormatError) return refuse(replica, pathname);
    switch (pathname) {
      case REPLICA_PATHS.raft:
        return receive(replica, body);
      case REPLICA_PATHS.wake:
        replica.wake();
        return new Response(null, { status: 204 });
      case REPLICA_PATHS.status:
        return Response.json(replica.status());
      default:
        return this.serve(replica, pathname, body);
    }
  }

  /** What is asked by others than the replicas of the group. */
  protected abstract serve(
    replica: Replica<Result, Query, Answer>,
    pathname: string,
    body: Uint8Array,
  ): Promise<Response>;

  /** Called once, when the object is made. */
  protected limits(): ReplicaLimits {
    return DEFAULT_REPLICA_LIMITS;
  }

  /** After each change of role, from a turn of the replica. */
  protected roleChanged?(replica: Replica<Result, Query, Answer>): void;

  #open(name: ReplicaName, stateMachine: StateMachine<Result, Query, Answer>) {
    const { ctx, env } = this;
    const clock = new ObjectClock(() => replica.tick());
    let replica: Replica<Result, Query, Answer>;
    try {
      replica = new Replica({
        options: {
          raft: {
            ...DEFAULT_LIMITS,
            id: name.id,
            electionTimeoutMs: env.ELECTION_TIMEOUT_MS,
            heartbeatIntervalMs: env.HEARTBEAT_INTERVAL_MS,
            replyTimeoutMs: env.REPLY_TIMEOUT_MS,
            random: (bound) => Math.floor(Math.random() * bound),
          },
          limits: this.limits(),
        },
        membership: { voters: firstReplicas(env), learners: [] },
        stateMachine,
        storage: new SqlStorage(durableObjectSqlPort(ctx.storage), { whenDurable: whenDurable(ctx.storage) }),
        transport: new FetchTransport(env, name.group),
        clock,
        onRoleChange: () => this.roleChanged?.(replica),
        onHalt: (error) => {
          console.error(`replica ${formatReplicaName(name)} stops:`, error);
          ctx.abort(`replica ${formatReplicaName(name)} stopped: ${error}`);
        },
      });
    } catch (error) {
      if (error instanceof FormatError) return error;
      throw error;
    }
    return replica;
  }
}

/** What the replica declined, in the words of the wire. */
export function declinedAnswer(declined: Declined): ReplicaAnswer {
  return declined.type === 'stopped' ? { type: 'not-leader', leader: undefined } : declined;
}

export function answered(answer: ReplicaAnswer): Response {
  return new Response(encodeReplicaAnswer(answer));
}

export function unknownPath(): Response {
  return new Response(null, { status: 404 });
}

/** Whoever sent it runs another version: to it this is as good as a lost message. */
export function unknownFormat(): Response {
  return new Response('not a request that this version knows', { status: 400 });
}

/** The disk belongs to other code: say so, and touch nothing. */
function refuse(error: FormatError, pathname: string): Response {
  if (pathname !== REPLICA_PATHS.status) return new Response(error.message, { status: 503 });
  return Response.json({ role: 'refused', reason: error.message });
}

function receive<Result, Query, Answer>(
  replica: Replica<Result, Query, Answer>,
  body: Uint8Array,
): Response | Promise<Response> {
  const request = decodeRequest(body);
  if (request === undefined) return unknownFormat();
  return new Promise((resolve) => {
    replica.receive(request, (reply) => {
      resolve(reply === undefined ? new Response(null, { status: 204 }) : new Response(encodeMessage(reply)));
    });
  });
}

function decodeRequest(body: Uint8Array) {
  try {
    const message = decodeMessage(body);
    return isRequest(message) ? message : undefined;
  } catch (error) {
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}
