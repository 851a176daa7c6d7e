import { DurableObject } from 'cloudflare:workers';
import { FormatError } from '../../src/codec/index.ts';
import { asDiskId, DEFAULT_LIMITS, Membership } from '../../src/raft/index.ts';
import { DEFAULT_REPLICA_LIMITS, REPLICA_PATHS, type ReplicaLimits } from '../../src/replica/index.ts';
import { ShardCountError } from '../../src/shard/index.ts';
import {
  DamagedDiskError,
  durableObjectSqlPort,
  SqlStorage,
  settingAtFirst,
  WriteBehind,
} from '../../src/storage/index.ts';
import {
  type Opened,
  refusingServer,
  type ServedParts,
  type Server,
  TraceRing,
} from '../../src/store/index.ts';
import { type Env, isTraced } from '../env.ts';
import { DiskGauge } from './disk-gauge.ts';
import { DiskWatch } from './disk-watch.ts';
import { whenDurable } from './durability.ts';
import { FetchTransport } from './fetch-transport.ts';
import { lastHaltOf, noteHalt } from './halts.ts';
import { ObjectClock } from './object-clock.ts';
import { firstReplicas, formatReplicaName, parseReplicaName, type ReplicaName } from './replica-name.ts';
import { answerBudget, pathOf, serve } from './serve.ts';

/** Of the notes of one replica, however long they are. */
const TRACE_BYTES_MAX = 512 * 1024;

/** Replicas that share a disk give back their journals one after the other, so that a group has a majority all the time. */
const CLOSE_PAUSE_MS = 3_000;
let lastClosedAtMs = Number.NEGATIVE_INFINITY;

function mayCloseNow(nowMs: number): boolean {
  if (nowMs - lastClosedAtMs < CLOSE_PAUSE_MS) return false;
  lastClosedAtMs = nowMs;
  return true;
}

const newDiskId = () => asDiskId(crypto.randomUUID());

/** The disk is not one that this code may use. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof FormatError || error instanceof ShardCountError || error instanceof DamagedDiskError
  );
}

/** What a replica needs of its object; what it is a replica of is for the classes that extend `ReplicaObject`. */
export interface ObjectParts extends Omit<ServedParts<never, never, never>, 'stateMachine'> {
  /** What `SHARDS` was when the disk of this replica was made. */
  readonly shardCountAtFirst: number | undefined;
}

/**
 * A replica as a Durable Object. Everything it knows is on its disk; this shell gives it a clock, a disk and a network,
 * and hands in what others ask.
 */
export abstract class ReplicaObject<Result, Query, Answer> extends DurableObject<Env> {
  readonly #watch: DiskWatch;
  readonly #gauge: DiskGauge | undefined;
  #server: Server;
  #opened: Opened<Result, Query, Answer> | undefined;
  readonly #answers = answerBudget(this.limits());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseReplicaName(ctx.id.name ?? '');
    if (name === undefined) throw new Error(`${ctx.id.name} is not the name of a replica`);
    const object = formatReplicaName(name);
    this.#gauge = env.DISK_GAUGE && new DiskGauge(env.DISK_GAUGE, ctx.id.toString());
    this.#watch = new DiskWatch({
      object,
      usedBytes: () => ctx.storage.sql.databaseSize,
      bytesMax: env.DISK_BYTES_MAX,
      gauge: this.#gauge,
    });
    this.#server = this.#open(name, Membership.of(firstReplicas(env), []));
  }

  override async fetch(request: Request): Promise<Response> {
    const gauge = this.#gauge;
    if (gauge === undefined) return serve(this.#server, request, this.#answers);
    const path = pathOf(request);
    const isCommand = path === REPLICA_PATHS.command || path === REPLICA_PATHS.gathered;
    // A follower is asked by its leader far more often than its own clock wakes it.
    if (!isCommand) this.#lookAtDisk(gauge);
    const bytes = Number(request.headers.get('content-length') ?? 0);
    const settle = isCommand ? await gauge.admit(bytes) : undefined;
    try {
      return await serve(this.#server, request, this.#answers);
    } finally {
      settle?.();
    }
  }

  protected abstract open(name: ReplicaName, parts: ObjectParts): Opened<Result, Query, Answer>;

  protected limits(): ReplicaLimits {
    return DEFAULT_REPLICA_LIMITS;
  }

  /** A disk that belongs to other code, or is damaged, is left as it is. `membership` is for a disk that is new. */
  #open(name: ReplicaName, membership: Membership): Server {
    const clock = new ObjectClock(() => {
      this.#opened?.replica.tick();
      if (this.#gauge !== undefined) this.#lookAtDisk(this.#gauge);
    });
    try {
      this.#opened = this.open(name, this.#parts(name, membership, clock));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.#refusal(name, error);
    }
    return this.#opened.server;
  }

  /** What it has promised may be lost: it must not vote, acknowledge or answer. */
  #refusal(name: ReplicaName, error: Error): Server {
    console.error(`replica ${formatReplicaName(name)} refuses to run: ${error.message}`);
    return refusingServer(error, {
      disk: newDiskId(),
      discard: (voters, done) => this.#discard(name, Membership.of(voters, []), done),
    });
  }

  /** All of the file is given up, whatever it is that SQLite makes of it. */
  #discard(name: ReplicaName, membership: Membership, done: () => void): void {
    console.error(`replica ${formatReplicaName(name)} gives up its damaged disk, as it is told to`);
    const { ctx } = this;
    ctx.storage
      .deleteAll()
      .then(() => {
        this.#server = this.#open(name, membership);
        done();
      })
      .catch((error) => ctx.abort(`replica ${formatReplicaName(name)} cannot begin anew: ${error}`));
  }

  #damaged(name: ReplicaName, damage: DamagedDiskError): void {
    this.#server = this.#refusal(name, damage);
    this.#opened?.replica.stop();
  }

  #lookAtDisk(gauge: DiskGauge): void {
    if (gauge.isStale) this.ctx.waitUntil(gauge.refresh().then(() => this.#maybeGiveBackJournal(gauge)));
  }

  /** SQLite empties its journal into the file and removes it when it closes the file, and here at no other call. */
  #maybeGiveBackJournal(gauge: DiskGauge): void {
    if (!gauge.mustGiveBackJournal || !mayCloseNow(Date.now())) return;
    this.#opened?.replica.stop();
    this.ctx.abort('starts anew: the disk is full, and its journal takes room');
  }

  #parts({ group, id }: ReplicaName, membership: Membership, clock: ObjectClock): ObjectParts {
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
      membership,
      shardCountAtFirst: settingAtFirst(durableObjectSqlPort(ctx.storage), 'SHARDS', env.SHARDS),
      storage: new WriteBehind(
        new SqlStorage(durableObjectSqlPort(ctx.storage), {
          whenDurable: whenDurable(ctx.storage),
          shortage: (keptBytes) => this.#watch.shortage(keptBytes),
          onDamage: (damage) => this.#damaged({ group, id }, damage),
        }),
      ),
      transport: new FetchTransport(env, group),
      clock,
      newDiskId,
      onForgetful: () => {
        console.error(
          `replica ${name} has lost its disk: its group knows another one. It follows, and has no vote until an ` +
            'operator takes it back (docs/operating.md, "A lost disk").',
        );
      },
      lastHalt: lastHaltOf(name),
      answers: this.#answers,
      onFault: (fault, error) => console.error(`replica ${name} goes on after a fault of ${fault}:`, error),
      onHalt: (error) => {
        if (error instanceof DamagedDiskError) return;
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
