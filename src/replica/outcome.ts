import type { Index, ReplicaId } from '../raft/index.ts';

/** Why a replica did not do what it was asked. In all these cases nothing was done, nor will be. */
export type Declined =
  | { readonly type: 'not-leader'; readonly leader: ReplicaId | undefined }
  /** A queue is full: try again later. */
  | { readonly type: 'overloaded' }
  /** The replica was stopped. */
  | { readonly type: 'stopped' };

export type ProposeOutcome<Result> =
  /** Committed and applied at log index `index`. */
  | { readonly type: 'applied'; readonly result: Result; readonly index: Index }
  /** The command was in the log when leadership was lost: it may or may not be executed. Only a session can tell. */
  | { readonly type: 'unknown'; readonly leader: ReplicaId | undefined }
  | Declined;

export type QueryOutcome<Answer> =
  /** Computed on the state at log index `index`. */
  { readonly type: 'answered'; readonly answer: Answer; readonly index: Index } | Declined;

/** What a replica answers from its own state. */
export type LocalQueryOutcome<Answer> =
  | {
      readonly type: 'answered';
      readonly answer: Answer;
      readonly index: Index;
      /** Nothing is missing that was acknowledged longer ago (freshness.ts). Undefined: this replica cannot tell. */
      readonly ageMsMax: number | undefined;
    }
  | Extract<Declined, { type: 'stopped' }>;

export type QueryAtOutcome<Answer> =
  | LocalQueryOutcome<Answer>
  /** After a while, the state has still come only to `index`, which is before the one asked for. */
  | { readonly type: 'behind'; readonly index: Index }
  | Extract<Declined, { type: 'overloaded' }>;
