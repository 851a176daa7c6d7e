import type { DiskId, Membership, ReplicaId, Status } from '../raft/index.ts';
import type { ReplicaStorage } from '../storage/index.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { FaultStatus } from './faults.ts';
import type { Clock, Transport } from './host.ts';
import type { ReplicaOptions } from './options.ts';
import type { StateMachine } from './state-machine.ts';

/** What a replica is made of. */
export interface ReplicaParts<Result, Query, Answer> {
  readonly options: ReplicaOptions;
  /** Taken from the disk if the replica ran before. */
  readonly membership: Membership;
  readonly stateMachine: StateMachine<Result, Query, Answer>;
  readonly storage: ReplicaStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  /**
   * A random id, for a disk that is new. Replicas whose disks have ids form their group, and know one that has lost its
   * disk (src/raft/formation.ts). Undefined: the group is what `membership` says, and no disk must ever be lost.
   */
  readonly newDiskId?: (() => DiskId) | undefined;
  /** The group knows another disk under this number, so this replica has no vote; told once in its life. */
  readonly onForgetful?: (() => void) | undefined;
  /** What the host keeps of answers until they have left; it takes and gives the leases. Undefined: it keeps none. */
  readonly answers?: ByteBudget | undefined;
  /** The role, the term or the known leader has changed; called from within a turn. */
  readonly onRoleChange?: () => void;
  /** Something went wrong that the replica survives, such as a read that failed: for the log of the host. */
  readonly onFault?: (fault: string, error: unknown) => void;
  /** The replica has stopped for good because of `error`; the host should start a new one from the disk. */
  readonly onHalt: (error: unknown) => void;
  /** Takes one line of prose, without a time. Undefined: nothing is traced, and no line is made. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface ReplicaStatus extends Status {
  readonly incarnation: number;
  readonly queuedCommands: number;
  readonly waitingReads: number;
  /** What went wrong in this life, and did not stop the replica. */
  readonly faults: FaultStatus;
  /** Why this replica's disk should take no more, in words. */
  readonly shortage: string | undefined;
  /** Of a leader: the peers whose disks should take no more. */
  readonly shortPeers: readonly ReplicaId[];
  readonly memoryBytes: MemoryBytes;
}

/** What a replica keeps for others. Copies that the runtime makes on the way come on top. */
export interface MemoryBytes {
  /** Commands that wait for a place in a batch. */
  readonly queue: number;
  /** Commands in entries that are not applied yet. */
  readonly inFlight: number;
  /** Payloads of the log, all of which is in memory. */
  readonly log: number;
  /** Rows of the state that are not written yet, or were used last. */
  readonly state: number;
  /** Answers that have not left yet. */
  readonly answers: number;
  readonly total: number;
}
