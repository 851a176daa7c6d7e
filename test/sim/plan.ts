/**
 * What a seed decides before anything happens. Faults that are always on together hide bugs from one another, so each
 * seed switches some kinds off altogether (swarm testing: Groce et al., 2012), and picks limits so small that
 * compaction, snapshots, chunks and full queues really occur.
 */

import type { ControllerSettings } from '../../src/controller/index.ts';
import { DEFAULT_KV_SETTINGS, type KvSettings } from '../../src/kv/index.ts';
import { DEFAULT_LIMITS, type RaftOptions } from '../../src/raft/index.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../../src/replica/index.ts';
import {
  DEFAULT_MIGRATION_LIMITS,
  DEFAULT_RECORD_LIMITS,
  type MigrationLimits,
  type RecordLimits,
} from '../../src/shard/index.ts';
import { DEFAULT_WRITE_BEHIND_LIMITS, type WriteBehindLimits } from '../../src/storage/index.ts';
import type { MigrationSettings } from '../../src/store/index.ts';
import { Random } from './random.ts';

export const FAULT_KINDS = [
  'crash',
  'crash-all',
  'pause',
  'evict',
  'zombie',
  'clock-jump',
  'split',
  'one-way',
  'ring',
  'isolate-leader',
  'transfer',
  'comeback',
  'other-version',
  'slow-disk',
  'full-disk',
  'campaign',
  'lose-disk',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** From, to: both included. */
export type Span = readonly [number, number];

export interface NetworkPlan {
  readonly delayMs: Span;
  /** Of 1000 requests, and of 1000 replies. */
  readonly requestLoss: number;
  readonly replyLoss: number;
  readonly duplicates: number;
  /** Of 1000 messages this many take `stragglerMs`. */
  readonly stragglers: number;
  readonly stragglerMs: Span;
  /** Two of three replies are late by 200 to 2199 ms (MIT 6.5840, labrpc). */
  readonly longReordering: boolean;
  /** Whoever calls over a cut link learns it after up to 7 s; else after up to 0.1 s (labrpc). */
  readonly longDelays: boolean;
  /** One in so many messages is encoded and decoded on its way. */
  readonly codecOneIn: number;
}

export interface DiskPlan {
  readonly flushMs: Span;
  /** A flush that takes no time calls back before `flush` returns. */
  readonly isSynchronous: boolean;
  /** Of 1000 flushes that write something. */
  readonly slow: number;
  readonly slowMs: Span;
  readonly failed: number;
  /** The output gate: even messages that promise nothing wait for the writes before them. */
  readonly gatesMessages: boolean;
  readonly supersededWrite: 'lost' | 'throws';
}

export interface ClientPlan {
  readonly clerks: number;
  /** How many of them name the sessions of their writes. */
  readonly named: number;
  /** Which clerks share. */
  readonly gateways: number;
  readonly keys: number;
  /** Of a single group. */
  readonly shards: number;
  readonly thinkMs: Span;
  readonly timeoutMs: number;
  /** A gateway gives an operation up after so long. */
  readonly deadlineMs: number;
  /** Clerks that never write: they stay with a leader whom writers left long ago. */
  readonly readers: number;
  /** Of 100 operations of the others. */
  readonly gets: number;
  /** Of 100 of a clerk's turns: reads beside the history (looks.ts). */
  readonly looks: number;
  /** Bytes that a written value has besides its token. */
  readonly paddingBytes: number;
  /** Of 1000 requests. */
  readonly loss: number;
  readonly duplicates: number;
}

/** Several groups that share the shards. */
export interface FleetPlan {
  readonly groups: number;
  readonly shards: number;
  readonly changeEveryMs: Span;
  /** One group is gone for good some time, and declared lost in the end. */
  readonly losesGroup: boolean;
  /** How often a group looks for the next configuration. */
  readonly pollMs: number;
  /** How long a leader leaves its time to others after each part of a shard. */
  readonly rests: Pick<MigrationSettings, 'restsPerWork' | 'restMsMax' | 'pauseMs'>;
  readonly limits: MigrationLimits;
  readonly record: RecordLimits;
  readonly controller: Pick<ControllerSettings, 'historyMax' | 'sessionsMax' | 'joiningMax'>;
}

export interface Plan {
  readonly seed: number;
  /** Undefined: a single group that has everything. */
  readonly fleet: FleetPlan | undefined;
  /** Of each group. */
  readonly replicas: number;
  /** Each is a time of faults, and after it a majority that is healed. */
  readonly rounds: number;
  readonly safetyMs: number;
  readonly faults: readonly FaultKind[];
  readonly faultEveryMs: Span;
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  readonly clients: ClientPlan;
  readonly raft: Omit<RaftOptions, 'id' | 'random'>;
  readonly limits: ReplicaLimits;
  readonly writeBehind: WriteBehindLimits;
  readonly kv: KvSettings;
}

/** Of a fleet: a record of changes has a thousand rows, and one a chunk would take longer than the calm lasts. */
const FLEET_CHUNK_BYTES_MIN = 150;
const ROUNDS = 3;
const SAFETY_MS = 10_000;

export function planOf(seed: number): Plan {
  const random = new Random(seed);
  /** What plans came to decide later: so that a seed decides all else as before. */
  const later = new Random(seed ^ 0x1a7e);
  const behind = new Random(seed ^ 0xbe41d);
  const fleet = random.chance(1, 5) ? fleetPlan(random) : undefined;
  const network = networkPlan(random);
  const clients = clientPlan(random);
  const { raft, limits } = timesAndLimits(random, network);
  const kv = { ...kvSettings(random), ...sessionBounds(later) };
  return {
    seed,
    fleet,
    replicas: fleet === undefined && random.chance(1, 2) ? 5 : 3,
    rounds: ROUNDS,
    safetyMs: SAFETY_MS,
    faults: FAULT_KINDS.filter(() => random.chance(1, 2)),
    faultEveryMs: random.pick([
      [50, 600],
      [200, 2000],
      [1000, 5000],
    ] as const),
    network,
    disk: diskPlan(random),
    clients: {
      ...clients,
      looks: new Random(seed ^ 0x100c5).pick([0, 20, 50]),
      named: later.pick([0, 1, 3, clients.clerks]),
      keys: fleet === undefined ? clients.keys : random.between(3, 8),
      // The twin of a request whose session could not open may open it later (platform: `fetch` doubles nothing).
      duplicates: opensAnySession(kv) ? clients.duplicates : 0,
    },
    raft: fleet === undefined ? raft : { ...raft, uncommittedBytesMax: DEFAULT_LIMITS.uncommittedBytesMax },
    // A part of a shard is a command, and must fit.
    limits: {
      ...limits,
      chunkBytesMax:
        fleet === undefined ? limits.chunkBytesMax : Math.max(limits.chunkBytesMax, FLEET_CHUNK_BYTES_MIN),
      queueBytesMax: fleet === undefined ? limits.queueBytesMax : DEFAULT_REPLICA_LIMITS.queueBytesMax,
      turnBytesMax: later.pick([1, 400, 2000, DEFAULT_REPLICA_LIMITS.turnBytesMax]),
      checkpointIdleMs: behind.pick([100, 1000, DEFAULT_REPLICA_LIMITS.checkpointIdleMs]),
    },
    writeBehind: writeBehindLimits(behind),
    kv,
  };
}

function opensAnySession({ sessionOpenWindowMs, sessionsMax }: KvSettings): boolean {
  const usual = DEFAULT_KV_SETTINGS;
  return sessionOpenWindowMs === usual.sessionOpenWindowMs && sessionsMax === usual.sessionsMax;
}

function fleetPlan(random: Random): FleetPlan {
  return {
    groups: random.between(2, 3),
    shards: random.pick([2, 4, 8]),
    changeEveryMs: random.pick([
      [50, 500],
      [300, 2000],
      [1000, 5000],
    ] as const),
    losesGroup: random.chance(1, 3),
    pollMs: random.pick([50, 100, 400]),
    rests: { restsPerWork: 12, restMsMax: random.pick([0, 0, 30]), pauseMs: 1 },
    limits: {
      partBytesMax: random.pick([1, 200, 2000, DEFAULT_MIGRATION_LIMITS.partBytesMax]),
      bulkBytesMin: random.pick([0, DEFAULT_MIGRATION_LIMITS.bulkBytesMin]),
      arrivalsPerGroupMax: random.between(1, 4),
      servedChangesPartsMax: random.pick([1, 3, DEFAULT_MIGRATION_LIMITS.servedChangesPartsMax]),
      settledEvery: random.between(1, 3),
    },
    record: random.pick([
      { recordRowsMax: 3, recordBytesMax: 1000 },
      { recordRowsMax: 60, recordBytesMax: 600 },
      DEFAULT_RECORD_LIMITS,
    ]),
    controller: {
      historyMax: random.pick([4, 12, 1024]),
      sessionsMax: random.pick([4, 1024]),
      joiningMax: random.between(1, 2),
    },
  };
}

function networkPlan(random: Random): NetworkPlan {
  const isUnreliable = random.chance(1, 2);
  return {
    delayMs: random.pick([
      [0, 2],
      [1, 10],
      [0, 26],
      [5, 60],
    ] as const),
    requestLoss: isUnreliable ? random.pick([20, 100]) : 0,
    replyLoss: isUnreliable ? random.pick([20, 100]) : 0,
    duplicates: random.pick([0, 0, 30, 200]),
    stragglers: random.pick([0, 0, 20, 100]),
    stragglerMs: random.pick([
      [50, 400],
      [200, 3000],
    ] as const),
    longReordering: random.chance(1, 4),
    longDelays: random.chance(1, 4),
    codecOneIn: random.chance(1, 10) ? 1 : 64,
  };
}

function diskPlan(random: Random): DiskPlan {
  return {
    flushMs: random.pick([
      [0, 0],
      [0, 3],
      [2, 15],
      [10, 40],
    ] as const),
    isSynchronous: random.chance(2, 3),
    slow: random.pick([0, 0, 10, 60]),
    slowMs: random.pick([
      [50, 300],
      [200, 1500],
    ] as const),
    failed: random.pick([0, 0, 0, 1, 5]),
    gatesMessages: random.chance(1, 2),
    supersededWrite: random.pick(['lost', 'throws'] as const),
  };
}

function clientPlan(random: Random): Omit<ClientPlan, 'looks' | 'named'> {
  const clerks = random.between(3, 7);
  return {
    clerks,
    gateways: random.between(1, clerks),
    readers: random.pick([0, 0, 1, 2]),
    keys: random.between(1, 4),
    shards: random.pick([1, 1, 3]),
    thinkMs: random.pick([
      [0, 20],
      [0, 100],
      [50, 300],
      [200, 1500],
    ] as const),
    timeoutMs: random.pick([300, 1000, 3000]),
    deadlineMs: random.pick([6000, 20_000, 20_000]),
    gets: random.pick([10, 40, 70, 95]),
    paddingBytes: random.pick([0, 0, 20, 200]),
    loss: random.pick([0, 20, 100]),
    duplicates: random.pick([0, 0, 30, 200]),
  };
}

function timesAndLimits(
  random: Random,
  { longReordering, delayMs }: NetworkPlan,
): Pick<Plan, 'raft' | 'limits'> {
  // A group whose messages take longer than its patience lasts cannot work, and need not.
  const isFar = delayMs[1] > 30;
  const electionTimeoutMs = isFar ? 500 : random.pick([200, 500, 500]);
  const isTiny = random.chance(2, 3);
  const pickLimit = (tiny: readonly number[], usual: number): number =>
    isTiny ? random.pick([...tiny, usual]) : usual;
  const logEntriesMax = isTiny ? random.pick([4, 12, 40]) : 4096;
  return {
    raft: {
      ...DEFAULT_LIMITS,
      electionTimeoutMs,
      heartbeatIntervalMs: Math.floor(electionTimeoutMs / random.pick([3, 5, 8])),
      // A reply that is late is of interest only if somebody still waits for it.
      replyTimeoutMs: longReordering ? 2500 : random.pick([isFar ? 400 : 100, 400, 2500]),
      messageBytesMax: pickLimit([1, 300], DEFAULT_LIMITS.messageBytesMax),
      inflightMessagesMax: pickLimit([1, 2], DEFAULT_LIMITS.inflightMessagesMax),
      inflightBytesMax: pickLimit([300], DEFAULT_LIMITS.inflightBytesMax),
      uncommittedBytesMax: pickLimit([3000], DEFAULT_LIMITS.uncommittedBytesMax),
      applyBytesMax: pickLimit([1, 300], DEFAULT_LIMITS.applyBytesMax),
      pendingReadsMax: pickLimit([2], DEFAULT_LIMITS.pendingReadsMax),
    },
    limits: {
      ...DEFAULT_REPLICA_LIMITS,
      batchCommandsMax: pickLimit([1, 3], DEFAULT_REPLICA_LIMITS.batchCommandsMax),
      batchBytesMax: pickLimit([200], DEFAULT_REPLICA_LIMITS.batchBytesMax),
      batchesInFlightMax: random.pick([1, 2, 4]),
      gatherMs: random.pick([1, 5]),
      queueCommandsMax: pickLimit([2], DEFAULT_REPLICA_LIMITS.queueCommandsMax),
      queueBytesMax: pickLimit([500], DEFAULT_REPLICA_LIMITS.queueBytesMax),
      logEntriesMax,
      logBytesMax: pickLimit([1000, 4000], DEFAULT_REPLICA_LIMITS.logBytesMax),
      logTailEntries: Math.min(logEntriesMax, random.pick([0, 2, 8])),
      chunkBytesMax: pickLimit([1, 150, 1000], DEFAULT_REPLICA_LIMITS.chunkBytesMax),
      viewIdleMs: random.pick([200, 1000, 30_000]),
      waitingReadsMax: pickLimit([3], DEFAULT_REPLICA_LIMITS.waitingReadsMax),
    },
  };
}

/** Short sessions, so that some expire within a run. Clients must cope with it, and nothing is executed twice. */
function kvSettings(random: Random): KvSettings {
  if (random.chance(2, 3)) return DEFAULT_KV_SETTINGS;
  return {
    ...DEFAULT_KV_SETTINGS,
    sessionOpenWindowMs: 6000,
    sessionTtlMs: 13_000,
    sessionSweepIntervalMs: 1000,
    sweepRowsMax: 4,
  };
}

/** From a checkpoint at each turn to one at the end of the log; a cache that has nothing, little, or all. */
function writeBehindLimits(random: Random): WriteBehindLimits {
  const { keptRowsMax, keptBytesMax, keptEntriesMax, ...cache } = DEFAULT_WRITE_BEHIND_LIMITS;
  return {
    keptRowsMax: random.pick([0, 4, 20, keptRowsMax, keptRowsMax]),
    keptBytesMax: random.pick([2000, keptBytesMax, keptBytesMax]),
    keptEntriesMax: random.pick([3, 30, keptEntriesMax, keptEntriesMax]),
    cacheBytesMax: random.pick([0, 500, cache.cacheBytesMax]),
    cachedValueBytesMax: random.pick([20, cache.cachedValueBytesMax]),
  };
}

/** So few that some are forgotten while they are in use. */
function sessionBounds(random: Random): Pick<KvSettings, 'sessionsMax' | 'keptPreviousBytesMax'> {
  const { sessionsMax, keptPreviousBytesMax } = DEFAULT_KV_SETTINGS;
  return {
    sessionsMax: random.pick([3, 8, sessionsMax, sessionsMax]),
    keptPreviousBytesMax: random.pick([keptPreviousBytesMax, 40, DEFAULT_KV_SETTINGS.valueBytesMax]),
  };
}
