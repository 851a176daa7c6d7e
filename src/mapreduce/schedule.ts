/** Which task a worker gets when it asks for one, and when an attempt is given up. */
import { invariant } from '../raft/index.ts';
import { allTasks, currentTasks, type JobState, mapSources, withTask } from './job.ts';
import type { JobAnswer } from './messages.ts';
import { type Assignment, type RunningAttempt, runningAttempts, type Task, withRunning } from './task.ts';

/** Gives the worker an idle task, or a backup of one that is late, or a time to ask again. */
export function assign(
  state: JobState,
  worker: string,
  nowMs: number,
): { readonly state: JobState; readonly answer: JobAnswer } {
  const tasks = currentTasks(state);
  const task = tasks.find((candidate) => candidate.state.type === 'idle') ?? lateTask(state, worker, nowMs);
  if (task === undefined)
    return { state, answer: { type: 'wait', retryAfterMs: retryAfterMs(state, nowMs) } };

  const attempt = task.attempts + 1;
  // mapreduce.J5
  const failures = task.failures + 1;
  const running: RunningAttempt = { attempt, worker, startedMs: nowMs, heardMs: nowMs };
  const given = withRunning({ ...task, attempts: attempt, failures }, [...runningAttempts(task), running]);
  const assignment = assignmentOf(state, task, attempt);
  return { state: withTask(state, given), answer: { type: 'assigned', assignment } };
}

function assignmentOf(state: JobState, task: Task, attempt: number): Assignment {
  const { spec } = state;
  const id = { kind: task.kind, task: task.index, attempt };
  const base = { job: spec.job, application: spec.application, arguments: spec.arguments, attempt: id };
  if (task.kind === 'reduce') return { type: 'reduce', ...base, sources: mapSources(state) };
  const split = spec.splits[task.index];
  invariant(split !== undefined, `map task ${task.index} has a split`);
  return { type: 'map', ...base, split, reduceTasks: spec.reduceTasks };
}

/**
 * MapReduce §3.6: near the end, when no task is idle, the task that has been running longest gets a second attempt on
 * another worker. Only after a long time, so that nothing runs twice when nothing is wrong, and one backup at most.
 */
function lateTask(state: JobState, worker: string, nowMs: number): Task | undefined {
  let late: { task: Task; startedMs: number } | undefined;
  for (const task of currentTasks(state)) {
    const [only, ...others] = runningAttempts(task);
    if (only === undefined || others.length > 0 || only.worker === worker) continue;
    const { backupAfterMs, attemptsMax } = state.spec.options;
    if (nowMs < only.startedMs + backupAfterMs || task.failures >= attemptsMax) continue;
    if (late === undefined || only.startedMs < late.startedMs) late = { task, startedMs: only.startedMs };
  }
  return late?.task;
}

function retryAfterMs(state: JobState, nowMs: number): number {
  const expiryMs = nextExpiryMs(state) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(state.spec.options.pollMs, expiryMs - nowMs));
}

/** When an attempt will have been silent for too long if nothing is heard of it: `tick` then. */
export function nextExpiryMs(state: JobState): number | undefined {
  if (state.status.type !== 'running') return undefined;
  const heardMs = allTasks(state)
    .flatMap(runningAttempts)
    .map((running) => running.heardMs);
  return heardMs.length === 0 ? undefined : Math.min(...heardMs) + state.spec.options.taskTimeoutMs;
}
