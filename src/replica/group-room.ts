/**
 * Whether the disks of a group take more: the fullest disk of the emptiest majority counts, and the leader's own, since
 * what it proposes it has to write itself.
 */

import type { Declined, Raft, ReplicaId } from '../raft/index.ts';
import type { ReplicaStorage } from '../storage/index.ts';
import type { LogLimits } from './compaction.ts';
import type { ReplicaStatus } from './parts.ts';
import type { StateMachine } from './state-machine.ts';

/**
 * Beyond it a log is compacted on a disk that is short of room: deletions are of no use while the log has the values.
 * It stays so when there is room again, or the log alone would fill it.
 */
const SHORT_LOG = { entries: 512, bytes: 512 << 10 } as const;

interface RoomParts {
  readonly options: { readonly raft: { readonly id: ReplicaId }; readonly limits: LogLimits };
  readonly storage: Pick<ReplicaStorage, 'shortage'>;
  readonly stateMachine: Pick<StateMachine<never, never, never>, 'grows'>;
}

export class GroupRoom {
  readonly #id: ReplicaId;
  readonly #raft: Pick<Raft, 'status'>;
  readonly #limits: LogLimits;
  readonly #storage: Pick<ReplicaStorage, 'shortage'>;
  readonly #stateMachine: Pick<StateMachine<never, never, never>, 'grows'>;
  /** As they said last. */
  readonly #shortPeers = new Set<ReplicaId>();
  #wasShort = false;

  constructor({ options, storage, stateMachine }: RoomParts, raft: Pick<Raft, 'status'>) {
    this.#raft = raft;
    this.#id = options.raft.id;
    this.#limits = options.limits;
    this.#storage = storage;
    this.#stateMachine = stateMachine;
  }

  get status(): Pick<ReplicaStatus, 'shortage' | 'shortPeers'> {
    return { shortage: this.#storage.shortage(), shortPeers: [...this.#shortPeers] };
  }

  /** Undefined: nothing was heard of it. */
  heard(peer: ReplicaId, isShort: boolean | undefined): void {
    if (isShort === true) this.#shortPeers.add(peer);
    else if (isShort === false) this.#shortPeers.delete(peer);
  }

  /** To be asked before the command is in the log: what is in the log every replica must take. */
  refusal(command: Uint8Array): Declined | undefined {
    const lacksRoom = this.isShort && this.#stateMachine.grows?.(command) === true;
    return lacksRoom ? { type: 'storage-full' } : undefined;
  }

  /** The disk of this replica. */
  get isOwnShort(): boolean {
    return this.#storage.shortage() !== undefined;
  }

  /** The disks of the group. */
  get isShort(): boolean {
    if (this.isOwnShort) return true;
    if (this.#shortPeers.size === 0) return false;
    const { voters } = this.#raft.status().membership;
    const withRoom = voters.filter((voter) => voter === this.#id || !this.#shortPeers.has(voter));
    return 2 * withRoom.length <= voters.length;
  }

  get logLimits(): LogLimits {
    this.#wasShort ||= this.isOwnShort;
    if (!this.#wasShort) return this.#limits;
    const { logEntriesMax, logBytesMax, logTailEntries } = this.#limits;
    return {
      logEntriesMax: Math.min(logEntriesMax, SHORT_LOG.entries),
      logBytesMax: Math.min(logBytesMax, SHORT_LOG.bytes),
      logTailEntries: Math.min(logTailEntries, SHORT_LOG.entries / 2),
    };
  }
}
