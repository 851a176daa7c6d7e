import { type Described, natural, oneOf, tuple } from '../codec/index.ts';
import { allTasks, type JobState, jobStatus } from './job.ts';
import { endedBadly, resultOf, type Task } from './task.ts';

const tally = tuple({ total: natural, idle: natural, inProgress: natural, completed: natural });
export type Tally = Described<typeof tally>;

export const jobProgress = tuple({
  status: jobStatus,
  phase: oneOf('map', 'reduce', 'ended'),
  maps: tally,
  reduces: tally,
  /** Executions begun, and of these how many ended badly. */
  attempts: natural,
  failures: natural,
  /** Of completed tasks. */
  inputBytes: natural,
  intermediateBytes: natural,
  outputBytes: natural,
  elapsedMs: natural,
});
export type JobProgress = Described<typeof jobProgress>;

/** How far the job is. Can be asked for at any time; changes nothing. */
export function progressOf(state: JobState, nowMs: number): JobProgress {
  const { status, maps, reduces, createdMs } = state;
  const tallies = { maps: tallied(maps), reduces: tallied(reduces) };
  const mapping = tallies.maps.completed < tallies.maps.total;
  return {
    status,
    phase: status.type !== 'running' ? 'ended' : mapping ? 'map' : 'reduce',
    ...tallies,
    attempts: sum(allTasks(state), (task) => task.attempts),
    failures: sum(allTasks(state), endedBadly),
    inputBytes: sum(maps, (task) => resultOf(task)?.statistics.inputBytes ?? 0),
    intermediateBytes: sum(maps, (task) => resultOf(task)?.statistics.outputBytes ?? 0),
    outputBytes: sum(reduces, (task) => resultOf(task)?.statistics.outputBytes ?? 0),
    // The clock of an object that comes back elsewhere may be behind.
    elapsedMs: Math.max(0, (status.type === 'running' ? nowMs : status.endedMs) - createdMs),
  };
}

/** A result that is being published still counts as work in progress. */
function tallied(tasks: readonly Task[]): Tally {
  const idle = tasks.filter((task) => task.state.type === 'idle').length;
  const completed = tasks.filter((task) => task.state.type === 'completed').length;
  return { total: tasks.length, idle, completed, inProgress: tasks.length - idle - completed };
}

function sum(tasks: readonly Task[], figure: (task: Task) => number): number {
  return tasks.reduce((total, task) => total + figure(task), 0);
}
