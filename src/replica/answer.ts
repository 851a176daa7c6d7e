/** What a replica answers to those who ask it something, and how that travels. */

import { bytes, Codec, natural, naturalUpTo, optional, type Shape, union } from '../codec/index.ts';
import type { Declined, Index, ReplicaId } from '../raft/index.ts';

export type ReplicaAnswer<Result> =
  /** Executed at log index `index`, or read from the state at `index`. */
  | {
      readonly type: 'done';
      readonly index: Index;
      readonly result: Result;
      /**
       * Of an answer out of the replica's own state: nothing is missing that was acknowledged longer ago
       * (freshness.ts). Undefined: nothing is missing at all, or this replica cannot tell.
       */
      readonly ageMsMax: number | undefined;
    }
  /** The command was in the log when leadership was lost: it may or may not be executed. Only a session can tell. */
  | { readonly type: 'unknown'; readonly leader: ReplicaId | undefined }
  /** Nothing was done, nor will be. A replica that was stopped, or lags, names whom it believes to lead, too. */
  | Declined
  /** Nothing was done, nor will be: `replica` has not said that it can read the command, so no log may hold it yet. */
  | { readonly type: 'unreadable'; readonly replica: ReplicaId }
  /** Nothing was done, nor will be: no command is longer than `bytesMax`. */
  | { readonly type: 'too-large'; readonly bytesMax: number }
  /**
   * Nothing was done, nor will be: the replica refuses to run, since its cluster was made with `made` shards and its
   * settings say `set`.
   */
  | { readonly type: 'shard-count'; readonly made: number; readonly set: number }
  /** This replica could not carry out the read. Another may, and this one the next. */
  | { readonly type: 'failed' };

const replicaId = naturalUpTo<ReplicaId>(Number.MAX_SAFE_INTEGER);
const leader = optional(replicaId);

const replicaAnswer: Shape<ReplicaAnswer<Uint8Array>> = union({
  done: {
    index: naturalUpTo<Index>(Number.MAX_SAFE_INTEGER),
    result: bytes,
    ageMsMax: optional(natural),
  },
  unknown: { leader },
  'not-leader': { leader },
  overloaded: {},
  unreadable: { replica: replicaId },
  'too-large': { bytesMax: natural },
  failed: {},
  'storage-full': {},
  'shard-count': { made: natural, set: natural },
});

/** `result` is in the state machine's own encoding. */
export const REPLICA_ANSWER: Codec<ReplicaAnswer<Uint8Array>> = new Codec(
  'an answer of a replica',
  replicaAnswer,
  4,
);

/** The answer with its result as bytes. */
export function withResult<Result, Other>(
  answer: ReplicaAnswer<Result>,
  convert: (result: Result) => Other,
): ReplicaAnswer<Other> {
  return answer.type === 'done' ? { ...answer, result: convert(answer.result) } : answer;
}
