/** What workers and hosts tell a coordinator, and what it answers. */
import { bytes, type Described, flag, list, natural, oneOf, text, tuple, union } from '../codec/index.ts';
import { assignment, attemptId, statistics } from './task.ts';

const ATTEMPT = { worker: text, attempt: attemptId };

/** What a worker says. */
export const workerNews = union({
  /** A worker with nothing to do wants a task. What it had before, if anything, is gone: it has started anew. */
  ask: { worker: text },
  /** The attempt has advanced since it was last heard of. */
  progress: ATTEMPT,
  completed: { ...ATTEMPT, output: bytes, statistics },
  /** `hopeless`: no other attempt would do better. */
  failed: { ...ATTEMPT, reason: text, hopeless: flag },
  /** A reduce task could not get the output of these map attempts. */
  'sources-missing': { ...ATTEMPT, sources: list(tuple({ map: natural, attempt: natural })) },
});
export type WorkerNews = Described<typeof workerNews>;

/** What a worker tells of an attempt when it ends. */
export type Report = Exclude<WorkerNews, { type: 'ask' | 'progress' }>;

/** All that can happen to a job. */
export type JobInput =
  | WorkerNews
  /** From the host: a `PublishOrder` is done, or can never be. */
  | { readonly type: 'published' | 'unpublishable'; readonly reduce: number; readonly attempt: number }
  | { readonly type: 'cancel' }
  /** Time has passed. */
  | { readonly type: 'tick' };

export const jobAnswer = union({
  /** To `ask`. */
  assigned: { assignment },
  wait: { retryAfterMs: natural },
  /** The job is over: a worker may exit, and free what it stored. */
  ended: { outcome: oneOf('succeeded', 'failed', 'cancelled') },
  /** To `progress`. */
  continue: {},
  /** Nobody waits for this attempt any more. */
  abandon: {},
  /** To `completed`: this attempt is the task's result. The same answer to the same report, however often it comes. */
  accepted: {},
  /** To `completed`: another attempt is the result, or this one's result has been lost. Free what it stored. */
  superseded: {},
  /** To all else. */
  noted: {},
});
export type JobAnswer = Described<typeof jobAnswer>;
