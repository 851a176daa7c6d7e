import type { Arguments } from './application.ts';
import type { Split } from './splits.ts';

export type TaskKind = 'map' | 'reduce';

/** One execution of one task. Numbers count from 1 within a task and are never given twice. */
export interface AttemptId {
  readonly kind: TaskKind;
  readonly task: number;
  readonly attempt: number;
}

/** An execution under way, as far as the coordinator knows. */
export interface RunningAttempt {
  readonly attempt: number;
  readonly worker: string;
  readonly startedMs: number;
  /** When the worker last gave a sign of life. */
  readonly heardMs: number;
}

/** What a task's execution came to. */
export interface TaskResult {
  readonly attempt: number;
  readonly worker: string;
  /** Where a reduce task's output waits to be published; empty for a map task, whose output is on its worker. */
  readonly output: string;
  readonly statistics: Statistics;
}

export interface Statistics {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly outputRecords: number;
}

/** MapReduce §3.2: idle, in progress, completed; a reduce task's result is published in between. */
export type TaskState =
  | { readonly type: 'idle' }
  | { readonly type: 'in-progress'; readonly running: readonly RunningAttempt[] }
  | { readonly type: 'publishing'; readonly result: TaskResult }
  | { readonly type: 'completed'; readonly result: TaskResult };

export interface Task {
  readonly kind: TaskKind;
  readonly index: number;
  /** Given out so far. An attempt that was given up may still be the one that completes the task. */
  readonly attempts: number;
  /** Of these, how many ended badly. */
  readonly failures: number;
  /** Attempts up to this one count for nothing: a result of that time has been lost. */
  readonly voidThrough: number;
  readonly state: TaskState;
}

/** Where the output of a completed map task lies. */
export interface MapSource {
  readonly map: number;
  readonly attempt: number;
  readonly worker: string;
}

interface AssignmentBase {
  readonly job: string;
  readonly application: string;
  readonly arguments: Arguments;
  readonly attempt: AttemptId;
}

/** All that a worker must know to execute a task. */
export type Assignment = MapAssignment | ReduceAssignment;

export interface MapAssignment extends AssignmentBase {
  readonly type: 'map';
  readonly split: Split;
  readonly reduceTasks: number;
}

export interface ReduceAssignment extends AssignmentBase {
  readonly type: 'reduce';
  /** In the order of the map tasks, which is the order in which a key's values are given to `reduce`. */
  readonly sources: readonly MapSource[];
}

export function newTask(kind: TaskKind, index: number): Task {
  return { kind, index, attempts: 0, failures: 0, voidThrough: 0, state: { type: 'idle' } };
}

export function runningAttempts(task: Task): readonly RunningAttempt[] {
  return task.state.type === 'in-progress' ? task.state.running : [];
}

export function resultOf(task: Task): TaskResult | undefined {
  return task.state.type === 'publishing' || task.state.type === 'completed' ? task.state.result : undefined;
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
