/**
 * The life of a worker: ask for a task, execute it, report until somebody has heard, ask again, until the job is over.
 */
import {
  type Applications,
  type Assignment,
  type AttemptId,
  attemptRows,
  DEFAULT_DATA_LIMITS,
  deleteRows,
  executeTask,
  type JobAnswer,
  type ShuffleReply,
  type ShuffleRequest,
  type TaskOutcome,
  type WorkerNews,
} from '../../src/mapreduce/index.ts';
import type { Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { BucketOutput } from './bucket-output.ts';
import { callCoordinator, callWorker, untilAnswered } from './calls.ts';
import { inputSource } from './input.ts';
import type { TaskOutput } from './publisher.ts';
import { RowOutput } from './row-output.ts';
import type { StoreAccess } from './store-access.ts';

/** A worker's object. */
interface WorkHost {
  readonly env: Env;
  readonly job: string;
  readonly worker: string;
  readonly disk: Table;
  readonly store: StoreAccess;
  readonly applications: Applications;
}

const RETRY_MS = 500;
const PROGRESS_MS = 1_000;
/** A worker that is asked in vain so often is taken for gone. */
const FETCHES_MAX = 3;

/** Returns when the job has ended, or if there is none. */
export async function workUntilEnd(host: WorkHost): Promise<void> {
  const { env, job, worker } = host;
  const reply = await untilAnswered(() => callCoordinator(env, job, { type: 'plan' }));
  if (reply?.type !== 'plan') return;
  const place = reply.plan.output;
  const output =
    place.type === 'bucket'
      ? new BucketOutput(env.MAPREDUCE_BUCKET, job)
      : new RowOutput(host.disk, place.prefix);
  for (;;) {
    const answer = await tell(host, { type: 'ask', worker });
    if (answer?.type === 'ended') return;
    if (answer?.type === 'assigned') await work(host, output, answer.assignment);
    else await scheduler.wait(answer?.type === 'wait' ? answer.retryAfterMs : RETRY_MS);
  }
}

/** Undefined: the coordinator cannot be reached. A job that nobody knows any more has ended. */
async function tell({ env, job }: WorkHost, input: WorkerNews): Promise<JobAnswer | undefined> {
  const reply = await callCoordinator(env, job, { type: 'step', input });
  if (reply?.type === 'unknown-job') return { type: 'ended', outcome: 'cancelled' };
  return reply?.type === 'answer' ? reply.answer : undefined;
}

async function work(host: WorkHost, output: TaskOutput, assignment: Assignment): Promise<void> {
  const outcome = await execute(host, output, assignment);
  if (outcome.type === 'abandoned') return release(host, assignment.attempt);
  const answer = await untilAnswered(() => tell(host, outcome));
  if (outcome.type !== 'completed' || answer?.type !== 'superseded') return;
  release(host, assignment.attempt);
  if (assignment.type === 'reduce') await output.discard(assignment.attempt, outcome.output);
}

async function execute(host: WorkHost, output: TaskOutput, assignment: Assignment): Promise<TaskOutcome> {
  const { env, worker, disk, store } = host;
  const { application: name, attempt } = assignment;
  const application = host.applications.get(name);
  if (application === undefined)
    return { type: 'failed', worker, attempt, reason: `no application ${name}`, hopeless: false };
  const ports = {
    worker,
    disk,
    input: inputSource(env.MAPREDUCE_BUCKET, store),
    shuffle: { fetch: (request: ShuffleRequest) => fetchChunk(env, request) },
    openOutput: async (id: AttemptId) => output.open(id),
    keepGoing: keepGoing(host, attempt),
  };
  return executeTask(assignment, application, ports, DEFAULT_DATA_LIMITS);
}

/** From the object of the worker that has it. */
async function fetchChunk(env: Env, request: ShuffleRequest): Promise<ShuffleReply> {
  const reply = await untilAnswered(
    () => callWorker(env, request.source.worker, { type: 'chunk', request }),
    FETCHES_MAX,
  );
  return reply?.type === 'chunk' ? reply.reply : { type: 'missing' };
}

/**
 * Gives others on this thread a turn, and tells the coordinator now and then that the attempt advances. No answer is no
 * reason to give up.
 */
function keepGoing(host: WorkHost, attempt: AttemptId): () => Promise<boolean> {
  let toldMs = Date.now();
  return async () => {
    // A timer, for a promise that is resolved lets nobody in; and only then does the platform's clock go on.
    await scheduler.wait(0);
    if (Date.now() < toldMs + PROGRESS_MS) return true;
    toldMs = Date.now();
    const answer = await tell(host, { type: 'progress', worker: host.worker, attempt });
    return answer?.type !== 'abandon';
  };
}

/** What an attempt left on the disk that nobody will ask for. */
function release({ disk, job }: WorkHost, { kind, task, attempt }: AttemptId): void {
  if (kind === 'map') deleteRows(disk, attemptRows(job, { map: task, attempt }));
}
