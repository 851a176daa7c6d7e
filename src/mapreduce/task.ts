import {
  bytes,
  type Described,
  dictionary,
  list,
  natural,
  oneOf,
  text,
  tuple,
  union,
} from '../codec/index.ts';
import { split } from './splits.ts';

const taskKind = oneOf('map', 'reduce');
export type TaskKind = Described<typeof taskKind>;

/** One execution of one task. Numbers count from 1 within a task and are never given twice. */
export const attemptId = tuple({ kind: taskKind, task: natural, attempt: natural });
export type AttemptId = Described<typeof attemptId>;

/** An execution under way, as far as the coordinator knows; `heardMs` is when the worker last gave a sign of life. */
const runningAttempt = tuple({ attempt: natural, worker: text, startedMs: natural, heardMs: natural });
export type RunningAttempt = Described<typeof runningAttempt>;

/** What an execution read and wrote. */
export const statistics = tuple({ inputBytes: natural, outputBytes: natural, outputRecords: natural });
export type Statistics = Described<typeof statistics>;

/** What a task's execution came to. */
const taskResult = tuple({
  attempt: natural,
  worker: text,
  /** Where a reduce task's output waits to be published; empty for a map task, whose output is on its worker. */
  output: bytes,
  statistics,
});
export type TaskResult = Described<typeof taskResult>;

export const task = tuple({
  kind: taskKind,
  index: natural,
  /** Given out so far. An attempt that was given up may still be the one that completes the task. */
  attempts: natural,
  /** Of these, how many ended badly or have not ended yet (mapreduce.J5). */
  failures: natural,
  /** Attempts up to this one count for nothing: a result of that time has been lost. */
  voidThrough: natural,
  /** MapReduce §3.2: idle, in progress, completed; a reduce task's result is published in between. */
  state: union({
    idle: {},
    'in-progress': { running: list(runningAttempt) },
    publishing: { result: taskResult },
    completed: { result: taskResult },
  }),
});
export type Task = Described<typeof task>;

/** Where the output of a completed map task lies. */
export const mapSource = tuple({ map: natural, attempt: natural, worker: text });
export type MapSource = Described<typeof mapSource>;

const COMMON = { job: text, application: text, arguments: dictionary, attempt: attemptId };

/** All that a worker must know to execute a task. */
export const assignment = union({
  map: { ...COMMON, split, reduceTasks: natural },
  /** The sources in the order of the map tasks, which is the order in which a key's values are given to `reduce`. */
  reduce: { ...COMMON, sources: list(mapSource) },
});
export type Assignment = Described<typeof assignment>;
export type MapAssignment = Extract<Assignment, { type: 'map' }>;
export type ReduceAssignment = Extract<Assignment, { type: 'reduce' }>;

export function newTask(kind: TaskKind, index: number): Task {
  return { kind, index, attempts: 0, failures: 0, voidThrough: 0, state: { type: 'idle' } };
}

export function runningAttempts({ state }: Task): readonly RunningAttempt[] {
  return state.type === 'in-progress' ? state.running : [];
}

/** How many attempts came to nothing, as far as that is known. */
export function endedBadly(task: Task): number {
  return task.failures - runningAttempts(task).length;
}

export function resultOf({ state }: Task): TaskResult | undefined {
  return state.type === 'publishing' || state.type === 'completed' ? state.result : undefined;
}

export function withRunning(task: Task, running: readonly RunningAttempt[]): Task {
  return { ...task, state: running.length === 0 ? { type: 'idle' } : { type: 'in-progress', running } };
}

export function withoutAttempt(task: Task, attempt: number): Task {
  return withRunning(
    task,
    runningAttempts(task).filter((candidate) => candidate.attempt !== attempt),
  );
}
