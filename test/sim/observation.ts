/** All that the checks see of a cluster. It comes through the ports of the replicas; production code has no hooks. */

import type { Entry, Index, Message, PersistedState, ReplicaId, Status, Term } from '../../src/raft/index.ts';
import type { Row, Turn } from '../../src/storage/index.ts';

/** One instance of one replica, from its start to its end. Two lives of one replica may overlap. */
export interface Life {
  readonly replica: ReplicaId;
  readonly incarnation: number;
}

export type Observation =
  /** The disk as a new life found it. */
  | {
      readonly type: 'opened';
      readonly life: Life;
      readonly state: PersistedState;
      readonly rows: readonly Row[];
    }
  /** The state machine was given a command; the turn that this belongs to is written afterwards. */
  | {
      readonly type: 'executed';
      readonly life: Life;
      readonly command: Uint8Array;
      /** Of rows, keys and values, that the turn has changed before it. */
      readonly changedBytes: number;
    }
  | {
      readonly type: 'written';
      readonly life: Life;
      readonly turn: Turn;
      /** The whole state, when a snapshot has taken its place. */
      readonly installed: readonly Row[] | undefined;
    }
  /** These turns are on the disk, and the life was told. */
  | { readonly type: 'durable'; readonly life: Life; readonly turns: readonly Turn[] }
  /** The life has ended, and with it what it had written and not flushed, but for what reached the disk all the same. */
  | { readonly type: 'crashed'; readonly life: Life; readonly lostTurns: number }
  /** All that the replica had written is gone; its next life begins with a new disk. */
  | { readonly type: 'disk-lost'; readonly replica: ReplicaId }
  /** A message of a peer has come; `stepped` follows. */
  | { readonly type: 'received'; readonly life: Life; readonly message: Message }
  /** A message has left the replica. */
  | { readonly type: 'sent'; readonly life: Life; readonly message: Message }
  /** The life has handled an event. */
  | { readonly type: 'stepped'; readonly life: Life; readonly status: Status }
  /** The life learned that the entry is committed; `known` is what was committed at that index before, by anybody. */
  | {
      readonly type: 'committed';
      readonly life: Life;
      readonly term: Term;
      readonly entry: Entry;
      readonly known: Entry | undefined;
    }
  /** The answer to a write has left a replica. */
  | { readonly type: 'acknowledged'; readonly index: Index; readonly command: Uint8Array }
  /** A client asks for a read that is named so, and the answer has left a replica. */
  | { readonly type: 'read-asked'; readonly read: number }
  | { readonly type: 'read-answered'; readonly read: number; readonly index: Index };
