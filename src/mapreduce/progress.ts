import { allTasks, type JobState, type JobStatus } from './job.ts';
import { resultOf, type Task } from './task.ts';

export interface Tally {
  readonly total: number;
  readonly idle: number;
  readonly inProgress: number;
  readonly completed: number;
}

export interface JobProgress {
  readonly status: JobStatus;
  readonly phase: 'map' | 'reduce' | 'ended';
  readonly maps: Tally;
  readonly reduces: Tally;
  /** Executions begun, and of these how many ended badly. */
  readonly attempts: number;
  readonly failures: number;
  /** Of completed tasks. */
  readonly inputBytes: number;
  readonly intermediateBytes: number;
  readonly outputBytes: number;
  readonly elapsedMs: number;
}

/** How far the job is. Can be asked for at any time; changes nothing. */
export function progressOf(state: JobState, nowMs: number): JobProgress {
  const { status, maps, reduces, createdMs } = state;
  const tallied = { maps: tally(maps), reduces: tally(reduces) };
  const mapping = tallied.maps.completed < tallied.maps.total;
  return {
    status,
    phase: status.type !== 'running' ? 'ended' : mapping ? 'map' : 'reduce',
    ...tallied,
    attempts: sum(allTasks(state), (task) => task.attempts),
    failures: sum(allTasks(state), (task) => task.failures),
    inputBytes: sum(maps, (task) => resultOf(task)?.statistics.inputBytes ?? 0),
    intermediateBytes: sum(maps, (task) => resultOf(task)?.statistics.outputBytes ?? 0),
    outputBytes: sum(reduces, (task) => resultOf(task)?.statistics.outputBytes ?? 0),
    elapsedMs: (status.type === 'running' ? nowMs : status.endedMs) - createdMs,
  };
}

/** A result that is being published still counts as work in progress. */
function tally(tasks: readonly Task[]): Tally {
  const idle = tasks.filter((task) => task.state.type === 'idle').length;
  const completed = tasks.filter((task) => task.state.type === 'completed').length;
  return { total: tasks.length, idle, completed, inProgress: tasks.length - idle - completed };
}

function sum(tasks: readonly Task[], figure: (task: Task) => number): number {
  return tasks.reduce((total, task) => total + figure(task), 0);
}
