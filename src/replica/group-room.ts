/**
 * Whether the disks of a group take more: the fullest disk of the emptiest majority counts, and the leader's own, since
 * what it proposes it has to write itself.
 */

import type { Raft, ReplicaId, Term } from '../raft/index.ts';
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
  /** As they said last to the leader of this term; a deposed one hears them no more, and would never learn of room. */
  readonly #saidShort = new Set<ReplicaId>();
  #saidInTerm: Term | undefined;
  #wasShort = false;

  constructor({ options, storage, stateMachine }: RoomParts, raft: Pick<Raft, 'status'>) {
    this.#raft = raft;
    this.#id = options.raft.id;
    this.#limits = options.limits;
    this.#storage = storage;
    this.#stateMachine = stateMachine;
  }

  get status(): Pick<ReplicaStatus, 'shortage' | 'shortPeers'> {
    return { shortage: this.#shortage, shortPeers: [...this.#shortPeers] };
  }

  /** Undefined: nothing was heard of it. */
  heard(peer: ReplicaId, isShort: boolean | undefined): void {
    if (isShort === true) this.#shortPeers.add(peer);
    else if (isShort === false) this.#saidShort.delete(peer);
  }

  /** To be asked before the command is in the log: what is in the log every replica must take. */
  lacksRoomFor(command: Uint8Array): boolean {
    return this.isShort && this.#stateMachine.grows?.(command) === true;
  }

  get isShortHere(): boolean {
    return this.#shortage !== undefined;
  }

  get isShort(): boolean {
    if (this.isShortHere) return true;
    if (this.#saidShort.size === 0) return false;
    const shortPeers = this.#shortPeers;
    const { voters } = this.#raft.status().membership;
    const withRoom = voters.filter((voter) => voter === this.#id || !shortPeers.has(voter));
    return 2 * withRoom.length <= voters.length;
  }

  get logLimits(): LogLimits {
    this.#wasShort ||= this.isShortHere;
    if (!this.#wasShort) return this.#limits;
    const { logEntriesMax, logBytesMax, logTailEntries } = this.#limits;
    return {
      logEntriesMax: Math.min(logEntriesMax, SHORT_LOG.entries),
      logBytesMax: Math.min(logBytesMax, SHORT_LOG.bytes),
      logTailEntries: Math.min(logTailEntries, SHORT_LOG.entries / 2),
    };
  }

  /** A disk that cannot tell is short of more than room, and the next write will show it. */
  get #shortPeers(): Set<ReplicaId> {
    const { role, term } = this.#raft.status();
    if (role !== 'leader' || term !== this.#saidInTerm) this.#saidShort.clear();
    this.#saidInTerm = term;
    return this.#saidShort;
  }

  get #shortage(): string | undefined {
    try {
      return this.#storage.shortage();
    } catch {
      return undefined;
    }
  }
}
