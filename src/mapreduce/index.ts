/**
 * MapReduce without a platform: a coordinator that is a function (`step`) over rows (`saveJob`, `loadJob`), a worker
 * that executes one assignment through ports (`executeTask`), and the applications. A host joins them:
 *
 * Coordinator, one object for each job, in one turn without `await`:
 *   `state = loadJob(table)` once; for each message `const { state: next, answer } = step(state, input, nowMs)`, then
 *   `saveJob(table, state, next)`, then the answer. After each step it carries out `publishOrders(next)` and reports
 *   `published` or `unpublishable`; it sets its alarm to `nextExpiryMs(next)` and reports `tick` then.
 * Worker: ask; `wait` and ask again, or `executeTask` and report; on `superseded` free the attempt's rows
 *   (`attemptRows`) or discard its output; on `ended` free its whole disk. It serves others with `serveChunk`.
 */
export {
  type Application,
  type Applications,
  type Arguments,
  collect,
  HopelessError,
} from './application.ts';
export { APPLICATIONS } from './applications.ts';
export {
  admit,
  type CatalogueEntry,
  catalogueEntry,
  type JobStateName,
} from './catalogue.ts';
export {
  createJob,
  type JobSpec,
  type JobState,
  jobOutline,
  jobRefusal,
  jobRefusalOf,
  jobSpec,
  type PublishOrder,
  publishOrder,
  publishOrders,
} from './job.ts';
export { loadJob, saveJob } from './job-rows.ts';
export { linesOf } from './lines.ts';
export { type JobAnswer, type JobInput, jobAnswer, type WorkerNews, workerNews } from './messages.ts';
export {
  type DataLimits,
  DEFAULT_DATA_LIMITS,
  DEFAULT_JOB_OPTIONS,
  JOB_LIMITS,
  type JobOptions,
} from './options.ts';
export { formatLine, LineBlocks, type OutputSink, outputName } from './output.ts';
export { jobProgress, progressOf } from './progress.ts';
export {
  attemptRows,
  deleteRows,
  rowsUnder,
  type ShuffleReply,
  type ShuffleRequest,
  StoredRun,
  serveChunk,
  shuffleReply,
  shuffleRequest,
} from './runs.ts';
export { nextExpiryMs } from './schedule.ts';
export { partitionOf } from './sort-buffer.ts';
export {
  type Document,
  type InputObject,
  type InputSource,
  type KeySplit,
  type Split,
  splitObjects,
} from './splits.ts';
export type { Assignment, AttemptId, MapAssignment, MapSource } from './task.ts';
export { step } from './transitions.ts';
export { executeTask, type TaskOutcome, type WorkerPorts } from './worker.ts';
