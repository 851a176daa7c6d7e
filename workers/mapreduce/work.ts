/**
 * The life of a worker: ask for a task, execute it, report until somebody has heard, ask again, until the job is over.
 */
import {
  type Arguments,
  type Assignment,
  type AttemptId,
  attemptRows,
  DEFAULT_DATA_LIMITS,
  deleteRows,
  executeTask,
  findApplication,
  type InputSource,
  type JobAnswer,
  type Shuffle,
  type TaskContext,
  type TaskOutcome,
  type WorkerNews,
} from '../../src/mapreduce/index.ts';
import type { Table } from '../../src/storage/index.ts';
import { retried } from './calling.ts';
import type { CoordinatorCall, CoordinatorReply } from './codecs.ts';
import type { TaskOutput } from './output.ts';

export interface WorkHost {
  readonly worker: string;
  readonly disk: Table;
  readonly input: InputSource;
  readonly shuffle: Shuffle;
  readonly output: TaskOutput;
  /** Undefined: the coordinator cannot be reached. */
  call(call: CoordinatorCall): Promise<CoordinatorReply | undefined>;
  /** Resets the object. */
  abort(reason: string): void;
}

const POLL_MS = 500;
const PROGRESS_MS = 1_000;

/** Returns when the job has ended. */
export async function workUntilEnd(host: WorkHost): Promise<void> {
  for (;;) {
    const answer = await untilHeard(host, { type: 'ask', worker: host.worker });
    if (answer?.type === 'ended') return;
    if (answer?.type === 'assigned') await work(host, answer.assignment);
    else await scheduler.wait(answer?.type === 'wait' ? answer.retryAfterMs : POLL_MS);
  }
}

async function work(host: WorkHost, assignment: Assignment): Promise<void> {
  const outcome = await execute(host, assignment);
  if (outcome.type === 'abandoned') return release(host, assignment.attempt, assignment.job);
  const answer = await untilHeard(host, outcome);
  if (outcome.type !== 'completed' || answer?.type !== 'superseded') return;
  release(host, assignment.attempt, assignment.job);
  if (assignment.type === 'reduce') await host.output.discard(assignment.attempt, outcome.output);
}

function untilHeard(host: WorkHost, news: WorkerNews): Promise<JobAnswer | undefined> {
  return retried(Number.POSITIVE_INFINITY, () => tell(host, news));
}

/** A job that nobody knows any more has ended. */
async function tell(host: WorkHost, input: WorkerNews): Promise<JobAnswer | undefined> {
  const reply = await host.call({ type: 'step', input });
  if (reply?.type === 'unknown-job') return { type: 'ended', outcome: 'cancelled' };
  return reply?.type === 'answer' ? reply.answer : undefined;
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
    openOutput: (id: AttemptId) => host.output.open(id),
    context: taskContext(host, assignment.arguments),
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
    const answer = await tell(host, { type: 'progress', worker: host.worker, attempt });
    return answer?.type !== 'abandon';
  };
}

/** What an attempt left on the disk that nobody will ask for. */
function release({ disk }: WorkHost, { kind, task, attempt }: AttemptId, job: string): void {
  if (kind === 'map') deleteRows(disk, attemptRows(job, { map: task, attempt }));
}

/** What an application may know and do in a worker's object. What workers share, the coordinator keeps. */
function taskContext(host: WorkHost, given: Arguments): TaskContext {
  // A reply that was missed fails the attempt as a whole.
  const number = async (call: CoordinatorCall): Promise<number> => {
    const reply = await host.call(call);
    if (reply?.type !== 'number') throw new Error(`the coordinator did not answer to ${call.type}`);
    return reply.value;
  };
  return {
    arguments: given,
    worker: host.worker,
    nowMs: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms) => scheduler.wait(ms),
    crash: () => {
      host.abort('the application ended its worker');
      // The object is gone before anybody waits for this.
      return new Promise<never>(() => {});
    },
    count: async (counter) => {
      await number({ type: 'count', counter });
    },
    counted: (counter) => number({ type: 'counted', counter }),
    meet: (place, ms) => number({ type: 'meet', place, worker: host.worker, ms }),
  };
}
