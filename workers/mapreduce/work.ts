/**
 * The life of a worker: ask for a task, execute it, report until somebody has heard, ask again, until the job is over.
 */
import {
  type Assignment,
  type AttemptId,
  attemptRows,
  DEFAULT_DATA_LIMITS,
  deleteRows,
  executeTask,
  findApplication,
  type InputSource,
  type JobAnswer,
  type JobInput,
  type Shuffle,
  type TaskContext,
  type TaskOutcome,
} from '../../src/mapreduce/index.ts';
import type { Table } from '../../src/storage/index.ts';
import type { TaskOutput } from './task-output.ts';

export interface WorkHost {
  readonly worker: string;
  readonly disk: Table;
  readonly input: InputSource;
  readonly shuffle: Shuffle;
  readonly output: TaskOutput;
  context(assignment: Assignment): TaskContext;
  /** Undefined: the coordinator cannot be reached. A job that nobody knows any more has ended. */
  tell(input: JobInput): Promise<JobAnswer | undefined>;
}

const RETRY_MS = 500;
const PROGRESS_MS = 1_000;

/** Returns when the job has ended. */
export async function workUntilEnd(host: WorkHost): Promise<void> {
  for (;;) {
    const answer = await host.tell({ type: 'ask', worker: host.worker });
    if (answer?.type === 'ended') return;
    if (answer?.type === 'assigned') await work(host, answer.assignment);
    else await scheduler.wait(answer?.type === 'wait' ? answer.retryAfterMs : RETRY_MS);
  }
}

async function work(host: WorkHost, assignment: Assignment): Promise<void> {
  const outcome = await execute(host, assignment);
  if (outcome.type === 'abandoned') return release(host, assignment.attempt, assignment.job);
  let answer = await host.tell(outcome);
  while (answer === undefined) {
    await scheduler.wait(RETRY_MS);
    answer = await host.tell(outcome);
  }
  if (outcome.type !== 'completed' || answer.type !== 'superseded') return;
  release(host, assignment.attempt, assignment.job);
  if (assignment.type === 'reduce') await host.output.discard(assignment.attempt, outcome.output);
}

async function execute(host: WorkHost, assignment: Assignment): Promise<TaskOutcome> {
  const { worker } = host;
  const { application: name, attempt } = assignment;
  const application = findApplication(name);
  if (application === undefined) return { type: 'failed', worker, attempt, reason: `no application ${name}` };
  const ports = {
    worker,
    disk: host.disk,
    input: host.input,
    shuffle: host.shuffle,
    openOutput: async (_job: string, id: AttemptId) => host.output.open(id),
    context: host.context(assignment),
    keepGoing: keepGoing(host, attempt),
  };
  return executeTask(assignment, application, ports, DEFAULT_DATA_LIMITS);
}

/** Tells the coordinator now and then that the attempt advances. No answer is no reason to give up. */
function keepGoing(host: WorkHost, attempt: AttemptId): () => Promise<boolean> {
  let toldMs = Date.now();
  return async () => {
    if (Date.now() < toldMs + PROGRESS_MS) return true;
    toldMs = Date.now();
    const answer = await host.tell({ type: 'progress', worker: host.worker, attempt });
    return answer?.type !== 'abandon';
  };
}

/** What an attempt left on the disk that nobody will ask for. */
function release({ disk }: WorkHost, { kind, task, attempt }: AttemptId, job: string): void {
  if (kind === 'map') deleteRows(disk, attemptRows(job, { map: task, attempt }));
}
