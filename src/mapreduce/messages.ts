import type { Assignment, AttemptId, Statistics } from './task.ts';

/** What a worker tells the coordinator of an attempt when it ends. */
export type Report =
  | {
      readonly type: 'completed';
      readonly worker: string;
      readonly attempt: AttemptId;
      readonly output: string;
      readonly statistics: Statistics;
    }
  | { readonly type: 'failed'; readonly worker: string; readonly attempt: AttemptId; readonly reason: string }
  /** A reduce task could not get the output of these map attempts. */
  | {
      readonly type: 'sources-missing';
      readonly worker: string;
      readonly attempt: AttemptId;
      readonly sources: readonly { readonly map: number; readonly attempt: number }[];
    };

/** All that can happen to a job. */
export type JobInput =
  /** A worker with nothing to do wants a task. What it had before, if anything, is gone: it has started anew. */
  | { readonly type: 'ask'; readonly worker: string }
  /** The attempt has advanced since it was last heard of. */
  | { readonly type: 'progress'; readonly worker: string; readonly attempt: AttemptId }
  | Report
  /** From the host: a `PublishOrder` is done, or can never be. */
  | { readonly type: 'published'; readonly reduce: number; readonly attempt: number }
  | {
      readonly type: 'unpublishable';
      readonly reduce: number;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly type: 'cancel' }
  /** Time has passed. */
  | { readonly type: 'tick' };

export type JobAnswer =
  /** To `ask`. */
  | { readonly type: 'assigned'; readonly assignment: Assignment }
  | { readonly type: 'wait'; readonly retryAfterMs: number }
  /** The job is over: a worker may exit, and free what it stored. */
  | { readonly type: 'ended'; readonly outcome: 'succeeded' | 'failed' | 'cancelled' }
  /** To `progress`. */
  | { readonly type: 'continue' }
  /** Nobody waits for this attempt any more. */
  | { readonly type: 'abandon' }
  /** To `completed`: this attempt is the task's result. The same answer to the same report, however often it comes. */
  | { readonly type: 'accepted' }
  /** To `completed`: another attempt is the result, or this one's result has been lost. Free what it stored. */
  | { readonly type: 'superseded' }
  /** To all else. */
  | { readonly type: 'noted' };
