import { DurableObject } from 'cloudflare:workers';
import { FormatError } from '../../src/codec/index.ts';
import { asDiskId, DEFAULT_LIMITS, Membership } from '../../src/raft/index.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../../src/replica/index.ts';
import { ShardCountError } from '../../src/shard/index.ts';
import { durableObjectSqlPort, SqlStorage } from '../../src/storage/index.ts';
import {
  type Opened,
  refusingServer,
  type ServedParts,
  type Server,
  TraceRing,
} from '../../src/store/index.ts';
import { type Env, isTraced } from '../env.ts';
import { whenDurable } from './durability.ts';
import { FetchTransport } from './fetch-transport.ts';
import { lastHaltOf, noteHalt } from './halts.ts';
import { ObjectClock } from './object-clock.ts';
import { firstReplicas, formatReplicaName, parseReplicaName, type ReplicaName } from './replica-name.ts';
import { answerBudget, serve } from './serve.ts';

/** Of the notes of one replica, however long they are. */
const TRACE_BYTES_MAX = 512 * 1024;

/** What a replica needs of its object; what it is a replica of is for the classes that extend `ReplicaObject`. */
export type ObjectParts = Omit<ServedParts<never, never, never>, 'stateMachine'>;

/**
 * A replica as a Durable Object. Everything it knows is on its disk; this shell gives it a clock, a disk and a network,
 * and hands in what others ask.
 */
export abstract class ReplicaObject<Result, Query, Answer> extends DurableObject<Env> {
  readonly #server: Server;
  readonly #answers = answerBudget(this.limits());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseReplicaName(ctx.id.name ?? '');
    if (name === undefined) throw new Error(`${ctx.id.name} is not the name of a replica`);
    this.#server = this.#open(name);
  }

  override fetch(request: Request): Promise<Response> {
    return serve(this.#server, request, this.#answers);
  }

  protected abstract open(name: ReplicaName, parts: ObjectParts): Opened<Result, Query, Answer>;

  protected limits(): ReplicaLimits {
    return DEFAULT_REPLICA_LIMITS;
  }

  /** A disk that belongs to other code is left as it is. */
  #open(name: ReplicaName): Server {
    const clock = new ObjectClock(() => opened?.replica.tick());
    let opened: Opened<Result, Query, Answer> | undefined;
    try {
      opened = this.open(name, this.#parts(name, clock));
    } catch (error) {
      if (error instanceof FormatError || error instanceof ShardCountError) {
        console.error(`replica ${formatReplicaName(name)} refuses to run: ${error.message}`);
        return refusingServer(error);
      }
      throw error;
    }
    return opened.server;
  }

  #parts({ group, id }: ReplicaName, clock: ObjectClock): ObjectParts {
    const { ctx, env } = this;
    const name = formatReplicaName({ group, id });
    const traceRing = this.#traceRing(clock);
    return {
      options: {
        raft: {
          ...DEFAULT_LIMITS,
          id,
          electionTimeoutMs: env.ELECTION_TIMEOUT_MS,
          heartbeatIntervalMs: env.HEARTBEAT_INTERVAL_MS,
          replyTimeoutMs: env.REPLY_TIMEOUT_MS,
          random: (bound) => Math.floor(Math.random() * bound),
        },
        limits: this.limits(),
      },
      membership: Membership.of(firstReplicas(env), []),
      storage: new SqlStorage(durableObjectSqlPort(ctx.storage), { whenDurable: whenDurable(ctx.storage) }),
      transport: new FetchTransport(env, group),
      clock,
      newDiskId: () => asDiskId(crypto.randomUUID()),
      onForgetful: () => {
        console.error(
          `replica ${name} has lost its disk: its group knows another one. It follows, and has no vote until an ` +
            'operator takes it back (docs/operating.md, "A lost disk").',
        );
      },
      lastHalt: lastHaltOf(name),
      answers: this.#answers,
      onHalt: (error) => {
        noteHalt(name, error);
        console.error(`replica ${name} stops:`, error);
        ctx.abort(`replica ${name} stopped: ${error}`);
      },
      trace: traceRing && ((line) => traceRing.note(line)),
      traceRing,
    };
  }

  #traceRing(clock: ObjectClock): TraceRing | undefined {
    if (!isTraced(this.env)) return undefined;
    const { TRACE_NOTES_MAX: notesMax } = this.env;
    return new TraceRing({ notesMax, bytesMax: TRACE_BYTES_MAX, wallClockMs: () => clock.wallClockMs() });
  }
}
