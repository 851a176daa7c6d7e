/**
 * The coordinator: a function of the job, what happened and the time. It answers at once and changes nothing but the
 * state it returns, so that a host can write the changed rows and the answer in one turn. J1 to J4 are in job.ts.
 */
import { invariant, unreachable } from '../raft/index.ts';
import { allTasks, currentTasks, findTask, type JobState, withTask } from './job.ts';
import type { JobAnswer, JobInput } from './messages.ts';
import { assign, nextExpiryMs } from './schedule.ts';
import {
  type AttemptId,
  endedBadly,
  type RunningAttempt,
  resultOf,
  runningAttempts,
  type Task,
  withoutAttempt,
  withRunning,
} from './task.ts';

export interface JobStep {
  readonly state: JobState;
  readonly answer: JobAnswer;
}

type Completed = Extract<JobInput, { type: 'completed' }>;
type Failed = Extract<JobInput, { type: 'failed' }>;
type SourcesMissing = Extract<JobInput, { type: 'sources-missing' }>;
type Published = Extract<JobInput, { type: 'published' | 'unpublishable' }>;

const NOTED: JobAnswer = { type: 'noted' };

export function step(before: JobState, input: JobInput, nowMs: number): JobStep {
  const state = expire(before, nowMs);
  if (state.status.type !== 'running') return { state, answer: answerAfterEnd(state, input) };
  const after = transition(state, input, nowMs);
  return { state: succeedIfDone(after.state, nowMs), answer: after.answer };
}

function transition(state: JobState, input: JobInput, nowMs: number): JobStep {
  switch (input.type) {
    case 'ask':
      return ask(state, input.worker, nowMs);
    case 'progress':
      return progress(state, input.attempt, input.worker, nowMs);
    case 'completed':
      return complete(state, input);
    case 'failed':
      return { state: failed(state, input, nowMs), answer: NOTED };
    case 'sources-missing':
      return { state: loseSources(state, input, nowMs), answer: NOTED };
    case 'published':
    case 'unpublishable':
      return { state: settleOutput(state, input, nowMs), answer: NOTED };
    case 'cancel':
      return { state: { ...state, status: { type: 'cancelled', endedMs: nowMs } }, answer: NOTED };
    case 'tick':
      return { state, answer: NOTED };
    default:
      return unreachable(input);
  }
}

/** mapreduce.J4. A winner that reports again still hears that it won; everybody else is done. */
function answerAfterEnd(state: JobState, input: JobInput): JobAnswer {
  invariant(state.status.type !== 'running', 'the job has ended');
  switch (input.type) {
    case 'ask':
      return { type: 'ended', outcome: state.status.type };
    case 'progress':
      return { type: 'abandon' };
    case 'completed':
      return { type: isResult(state, input.attempt) ? 'accepted' : 'superseded' };
    case 'failed':
    case 'sources-missing':
    case 'published':
    case 'unpublishable':
    case 'cancel':
    case 'tick':
      return NOTED;
    default:
      return unreachable(input);
  }
}

/**
 * A worker does one thing at a time: if it asks while an attempt is under its name, it has crashed and come back, and
 * there is no need to wait for the time-out. Should the old attempt still report, that counts (J1).
 */
function ask(before: JobState, worker: string, nowMs: number): JobStep {
  let state = before;
  for (const task of currentTasks(before)) {
    for (const { attempt, worker: owner } of runningAttempts(task)) {
      const id = { kind: task.kind, task: task.index, attempt };
      if (owner === worker) state = fail(state, id, `worker ${worker} started anew`, nowMs);
    }
  }
  if (state.status.type !== 'running')
    return { state, answer: answerAfterEnd(state, { type: 'ask', worker }) };
  return assign(state, worker, nowMs);
}

function progress(state: JobState, id: AttemptId, worker: string, nowMs: number): JobStep {
  const task = openTask(state, id);
  if (task === undefined) return { state, answer: { type: 'abandon' } };
  const isThis = (running: RunningAttempt) => running.attempt === id.attempt && running.worker === worker;
  // Given up for dead, but it may still be the first to complete.
  if (!runningAttempts(task).some(isThis)) return { state, answer: { type: 'continue' } };
  const heard = (running: RunningAttempt) => (isThis(running) ? { ...running, heardMs: nowMs } : running);
  return {
    state: withTask(state, withRunning(task, runningAttempts(task).map(heard))),
    answer: { type: 'continue' },
  };
}

/** mapreduce.J1: the first attempt wins, also one that was given up for dead. */
function complete(state: JobState, input: Completed): JobStep {
  const { attempt: id, worker, output, statistics } = input;
  if (isResult(state, id)) return { state, answer: { type: 'accepted' } };
  const task = openTask(state, id);
  if (task === undefined) return { state, answer: { type: 'superseded' } };
  const result = { attempt: id.attempt, worker, output, statistics };
  const type = id.kind === 'map' ? 'completed' : 'publishing';
  // mapreduce.J5: neither this attempt nor the others under way have failed.
  const failures = endedBadly(task);
  return {
    state: withTask(state, { ...task, failures, state: { type, result } }),
    answer: { type: 'accepted' },
  };
}

function failed(state: JobState, { attempt, reason, hopeless }: Failed, nowMs: number): JobState {
  const task = findTask(state, attempt.kind, attempt.task);
  if (!hopeless || task === undefined || !isRunning(task, attempt.attempt))
    return fail(state, attempt, reason, nowMs);
  const text = `${task.kind} task ${task.index} failed: ${reason}`;
  return {
    ...withTask(state, withoutAttempt(task, attempt.attempt)),
    status: { type: 'failed', endedMs: nowMs, reason: text },
  };
}

/** Only an attempt that is under way can fail: a late report of one that timed out has been counted already. */
function fail(state: JobState, id: AttemptId, reason: string, nowMs: number): JobState {
  const task = findTask(state, id.kind, id.task);
  if (task === undefined || !isRunning(task, id.attempt)) return state;
  return giveUpIfTooMany(state, withoutAttempt(task, id.attempt), reason, nowMs);
}

/** MapReduce §3.3: completed map tasks whose output cannot be read are executed again. The reduce task is not to blame. */
function loseSources(before: JobState, input: SourcesMissing, nowMs: number): JobState {
  const { kind, task: index, attempt } = input.attempt;
  const reduce = findTask(before, kind, index);
  if (reduce === undefined || reduce.kind !== 'reduce' || !isRunning(reduce, attempt)) return before;
  const blameless = { ...withoutAttempt(reduce, attempt), failures: reduce.failures - 1 };
  let state = withTask(before, blameless);
  for (const source of input.sources) {
    const map = findTask(state, 'map', source.map);
    // Otherwise it has been executed again since this reduce task was given out.
    if (map === undefined || resultOf(map)?.attempt !== source.attempt) continue;
    const reason = `the output of attempt ${source.attempt} is gone`;
    state = giveUpIfTooMany(state, withoutResult(map), reason, nowMs);
  }
  return state;
}

function settleOutput(state: JobState, input: Published, nowMs: number): JobState {
  const task = findTask(state, 'reduce', input.reduce);
  if (task?.state.type !== 'publishing' || task.state.result.attempt !== input.attempt) return state;
  return input.type === 'published'
    ? withTask(state, { ...task, state: { type: 'completed', result: task.state.result } })
    : giveUpIfTooMany(state, withoutResult(task), `attempt ${input.attempt} cannot be published`, nowMs);
}

/** Gives up the attempts that have not been heard of for too long. */
function expire(before: JobState, nowMs: number): JobState {
  const expiryMs = nextExpiryMs(before);
  if (expiryMs === undefined || nowMs < expiryMs) return before;
  let state = before;
  for (const task of allTasks(before)) {
    for (const { attempt, heardMs, worker } of runningAttempts(task)) {
      const id = { kind: task.kind, task: task.index, attempt };
      if (nowMs >= heardMs + before.spec.options.taskTimeoutMs)
        state = fail(state, id, `worker ${worker} was not heard of`, nowMs);
    }
  }
  return state;
}

/** An attempt of this task has come to nothing. */
function giveUpIfTooMany(state: JobState, task: Task, reason: string, nowMs: number): JobState {
  const after = withTask(state, task);
  const failures = endedBadly(task);
  if (failures < state.spec.options.attemptsMax || state.status.type !== 'running') return after;
  const text = `${task.kind} task ${task.index} failed ${failures} times, at last: ${reason}`;
  return { ...after, status: { type: 'failed', endedMs: nowMs, reason: text } };
}

/** The data of one attempt is gone. Whether others of that time left theirs is unknown: none of them counts. */
function withoutResult(task: Task): Task {
  return { ...task, failures: task.failures + 1, voidThrough: task.attempts, state: { type: 'idle' } };
}

function succeedIfDone(state: JobState, nowMs: number): JobState {
  const done = state.reduces.every((task) => task.state.type === 'completed');
  if (!done || state.status.type !== 'running') return state;
  return { ...state, status: { type: 'succeeded', endedMs: nowMs } };
}

function isResult(state: JobState, id: AttemptId): boolean {
  const task = findTask(state, id.kind, id.task);
  return task !== undefined && resultOf(task)?.attempt === id.attempt;
}

function isRunning(task: Task, attempt: number): boolean {
  return runningAttempts(task).some((running) => running.attempt === attempt);
}

/** The task of this attempt, if the attempt may still be the one that completes it. */
function openTask(state: JobState, { kind, task: index, attempt }: AttemptId): Task | undefined {
  const task = findTask(state, kind, index);
  if (task === undefined || resultOf(task) !== undefined) return undefined;
  return attempt > task.voidThrough && attempt <= task.attempts ? task : undefined;
}
