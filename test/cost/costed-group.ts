/**
 * A group as it is deployed, in virtual time and on SQLite, while nothing goes wrong: what its operations take is counted.
 * Times are such as objects of one region have: half a millisecond is not counted in, but who waits for whom is.
 */

import {
  type CallOutcome,
  type CallPort,
  carryOut,
  GatheredPort,
  GroupCaller,
  OneGroupRoute,
  SessionPool,
  StoreClient,
} from '../../src/client/index.ts';
import { DEFAULT_KV_SETTINGS } from '../../src/kv/index.ts';
import { asDiskId, asReplicaId, DEFAULT_LIMITS, Membership, type Request } from '../../src/raft/index.ts';
import {
  DEFAULT_REPLICA_LIMITS,
  MESSAGE,
  type OnReply,
  PEER_ANSWER,
  REPLICA_PATHS,
} from '../../src/replica/index.ts';
import { createShardOf, WholeStore } from '../../src/shard/index.ts';
import { SqlStorage, WriteBehind } from '../../src/storage/index.ts';
import { openStore, type Server } from '../../src/store/index.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { CountedDisk } from './counted-disk.ts';
import { addTo, NOTHING, type Tally } from './tally.ts';

const HOP_MS = 1;
const SYNC_MS = 2;
const SHARDS = 64;
const DEADLINE_MS = 10_000;
const ORIGIN_MS = Date.UTC(2026, 0, 1);

interface CostedReplica {
  readonly server: Server;
  readonly disk: CountedDisk;
  readonly storage: WriteBehind;
}

export class CostedGroup {
  readonly #scheduler = new Scheduler();
  readonly #replicas: readonly CostedReplica[];
  readonly #names: readonly string[];
  readonly #port: CallPort;
  readonly #store: StoreClient;
  #calls = 0;
  #callBytes = 0;

  constructor(replicas: number) {
    this.#names = Array.from({ length: replicas }, (_, at) => `group-1/${at + 1}`);
    this.#replicas = this.#names.map((_, at) => this.#open(at));
    this.#port = new GatheredPort(this.#calling());
    this.#store = new StoreClient({
      port: this.#port,
      route: new OneGroupRoute(new GroupCaller(this.#names, this.#port)),
      shardOf: createShardOf(SHARDS),
      sessions: new SessionPool({ settings: DEFAULT_KV_SETTINGS, uniquePart: () => crypto.randomUUID() }),
      deadlineMs: DEADLINE_MS,
      localAnswerMs: DEADLINE_MS,
    });
  }

  put(key: string, value: Uint8Array, done: () => void): void {
    carryOut(this.#store.write({ type: 'put', key, value }), this.#port, ended(done));
  }

  get(key: string, done: () => void): void {
    carryOut(this.#store.read(key), this.#port, ended(done));
  }

  run(durationMs: number): void {
    this.#scheduler.runFor(durationMs);
  }

  runUntil(condition: () => boolean): void {
    if (!this.#scheduler.runUntilTrue(condition, 3_600_000)) throw new Error('an operation does not end');
  }

  /** Of all that was done so far. What is still kept in memory is written, so that it counts. */
  takeTally(): Tally {
    for (const { storage } of this.#replicas) storage.checkpoint();
    const disks = this.#replicas.map(({ disk }) => disk.tally);
    return [{ ...NOTHING, calls: this.#calls, callBytes: this.#callBytes }, ...disks].reduce(addTo);
  }

  #open(at: number): CostedReplica {
    const scheduler = this.#scheduler;
    const disk = new CountedDisk({ scheduler, syncMs: SYNC_MS });
    const storage = new WriteBehind(
      new SqlStorage(disk, { whenDurable: (onDurable) => disk.whenDurable(onDurable) }),
    );
    let random = at;
    const { server, replica } = openStore({
      options: {
        raft: {
          ...DEFAULT_LIMITS,
          id: asReplicaId(at + 1),
          electionTimeoutMs: 1000,
          heartbeatIntervalMs: 100,
          replyTimeoutMs: 500,
          random: (bound) => {
            random = (random * 7 + 3) % 1009;
            return random % bound;
          },
        },
        limits: DEFAULT_REPLICA_LIMITS,
      },
      membership: Membership.of(
        this.#names.map((_, peer) => asReplicaId(peer + 1)),
        [],
      ),
      storage,
      transport: { send: (request, onReply) => this.#send(request, onReply) },
      clock: {
        nowMs: () => scheduler.nowMs,
        wallClockMs: () => ORIGIN_MS + scheduler.nowMs,
        wakeAt: (atMs) => scheduler.at(Math.ceil(atMs), () => replica.tick()),
      },
      newDiskId: () => asDiskId(`disk-${at}`),
      onHalt: (error) => {
        throw error;
      },
      stateMachine: new WholeStore(createShardOf(SHARDS), DEFAULT_KV_SETTINGS),
      shardOf: createShardOf(SHARDS),
      shardCount: undefined,
      migration: undefined,
    });
    return { server, disk, storage };
  }

  #send(request: Request, onReply: OnReply): void {
    this.#call(request.to - 1, REPLICA_PATHS.raft, MESSAGE.encode(request), (bytes) => {
      const answer = bytes && PEER_ANSWER.decode(bytes);
      if (answer !== undefined) onReply(answer.reply as Parameters<OnReply>[0], answer.isShort);
    });
  }

  #calling(): CallPort {
    const scheduler = this.#scheduler;
    return {
      nowMs: () => scheduler.nowMs,
      wallClockMs: () => ORIGIN_MS + scheduler.nowMs,
      random: () => 0,
      pause: (durationMs, done) => scheduler.after(durationMs, done),
      ask: ({ replica, path, body }, done) => this.#call(this.#names.indexOf(replica), path, body, done),
    };
  }

  /** An answer waits for the writes before it, as the output gate has it. */
  #call(to: number, path: string, body: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const scheduler = this.#scheduler;
    this.#calls += 1;
    this.#callBytes += body.byteLength;
    scheduler.after(HOP_MS, () => {
      const called = this.#replicas[to];
      called?.server.handle(path, body, (answer) => {
        this.#callBytes += answer?.byteLength ?? 0;
        called.disk.whenWritten(() => scheduler.after(HOP_MS, () => done(answer)));
      });
    });
  }
}

function ended(done: () => void): (outcome: CallOutcome<unknown>) => void {
  return (outcome) => {
    if (outcome.type === 'failed') throw new Error(`an operation failed: ${outcome.reason}`);
    done();
  };
}
