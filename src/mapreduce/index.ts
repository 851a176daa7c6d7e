/**
 * MapReduce without a platform: a coordinator that is a function (`step`) over rows (`saveJob`, `loadJob`), a worker
 * that executes one assignment through ports (`executeTask`), and the applications. A host joins them:
 *
 * Coordinator, one object for each job, in one turn without `await`:
 *   `state = loadJob(table)` once; for each message `const { state: next, answer } = step(state, input, nowMs)`, then
 *   `saveJob(table, state, next)`, then the answer. After each step it carries out `publishOrders(next)` and reports
 *   `published` or `unpublishable`; it sets its alarm to `nextExpiryMs(next)` and reports `tick` then.
 * Worker: ask; `wait` and ask again, or `executeTask` and report; on `superseded` free the attempt's rows
 *   (`attemptRows`) or discard its output; on `ended` free the job's (`jobRows`). It serves others with `serveChunk`.
 */
export type { Application, Arguments, Emit, MapContext, TaskContext } from './application.ts';
export { collect } from './application.ts';
export { applicationNames, findApplication } from './apps/registry.ts';
export type { Document, InputSource } from './input.ts';
export {
  createJob,
  type JobCreation,
  type JobRefusal,
  type JobSpec,
  type JobState,
  type JobStatus,
  type PublishOrder,
  publishOrders,
} from './job.ts';
export { loadJob, saveJob } from './job-rows.ts';
export type { JobAnswer, JobInput, Report } from './messages.ts';
export {
  type DataLimits,
  DEFAULT_DATA_LIMITS,
  DEFAULT_JOB_OPTIONS,
  JOB_LIMITS,
  type JobOptions,
} from './options.ts';
export { formatLine, LineBlocks, type OpenOutput, type OutputSink, outputName } from './output.ts';
export { keyHash, partitionOf } from './partition.ts';
export { type JobProgress, progressOf, type Tally } from './progress.ts';
export {
  attemptRows,
  type ChunkReply,
  type ChunkRequest,
  deleteRows,
  jobRows,
  type Shuffle,
  serveChunk,
} from './runs.ts';
export { nextExpiryMs } from './schedule.ts';
export { quietContext, runSequential, type SequentialInput } from './sequential.ts';
export {
  type InputObject,
  type KeySplit,
  type Split,
  splitObjects,
  splitPrefix,
  type TextSplit,
} from './splits.ts';
export type {
  Assignment,
  AttemptId,
  MapAssignment,
  MapSource,
  ReduceAssignment,
  Statistics,
  TaskKind,
} from './task.ts';
export { type Step, step } from './transitions.ts';
export { executeTask, type TaskOutcome, type WorkerPorts } from './worker.ts';
