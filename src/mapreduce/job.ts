/**
 * What a job is. All of it is data: `step` (transitions.ts) leads from one state to the next, `job-rows.ts` keeps it.
 *
 * mapreduce.J1  A task's result is that of the first attempt which is reported completed; nothing but its loss
 *               changes it.
 * mapreduce.J2  A reduce task is given out only while every map task is completed.
 * mapreduce.J3  An attempt number is given out once.
 * mapreduce.J4  A job that has ended never changes again.
 * mapreduce.J5  An attempt counts as failed from before it begins until it is known to have completed: so one that takes
 *               everything with it, its worker, the coordinator, the process, is made `attemptsMax` times at most.
 */
import {
  bytes,
  type Described,
  dictionary,
  list,
  natural,
  oneOf,
  text,
  textByteLength,
  tuple,
  union,
} from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import { JOB_LIMITS, jobOptions } from './options.ts';
import { split } from './splits.ts';
import { type MapSource, newTask, resultOf, type Task, type TaskKind } from './task.ts';

const OUTLINE = {
  job: text,
  application: text,
  arguments: dictionary,
  reduceTasks: natural,
  options: jobOptions,
};

/** A job without its splits, of which there may be thousands. */
export const jobOutline = tuple(OUTLINE);

/** A job as it is ordered. Each split is a map task. */
export const jobSpec = tuple({ ...OUTLINE, splits: list(split) });
export type JobSpec = Described<typeof jobSpec>;

export const jobStatus = union({
  running: {},
  succeeded: { endedMs: natural },
  failed: { endedMs: natural, reason: text },
  cancelled: { endedMs: natural },
});
export type JobStatus = Described<typeof jobStatus>;

export interface JobState {
  readonly spec: JobSpec;
  readonly createdMs: number;
  readonly status: JobStatus;
  readonly maps: readonly Task[];
  readonly reduces: readonly Task[];
}

export const jobRefusal = oneOf(
  'bad-job-name',
  'no-input',
  'too-many-map-tasks',
  'reduce-tasks-out-of-range',
  'arguments-too-large',
);
export type JobRefusal = Described<typeof jobRefusal>;

export type JobCreation =
  | { readonly type: 'created'; readonly state: JobState }
  | { readonly type: 'refused'; readonly reason: JobRefusal };

/** A job's name is part of row keys, paths and object names. */
const JOB_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export function createJob(spec: JobSpec, nowMs: number): JobCreation {
  const reason = jobRefusalOf(spec);
  if (reason !== undefined) return { type: 'refused', reason };
  const maps = spec.splits.map((_, index) => newTask('map', index));
  const reduces = Array.from({ length: spec.reduceTasks }, (_, index) => newTask('reduce', index));
  return { type: 'created', state: { spec, createdMs: nowMs, status: { type: 'running' }, maps, reduces } };
}

/** Why there can be no such job. To be asked before anything is written down for it. */
export function jobRefusalOf(spec: JobSpec): JobRefusal | undefined {
  const { reduceTasks } = spec;
  if (!JOB_NAME.test(spec.job)) return 'bad-job-name';
  if (spec.splits.length === 0) return 'no-input';
  if (spec.splits.length > JOB_LIMITS.mapTasksMax) return 'too-many-map-tasks';
  if (!Number.isInteger(reduceTasks) || reduceTasks < 1 || reduceTasks > JOB_LIMITS.reduceTasksMax) {
    return 'reduce-tasks-out-of-range';
  }
  const argumentBytes = textByteLength(Object.entries(spec.arguments).flat().join(''));
  return argumentBytes > JOB_LIMITS.applicationArgumentBytesMax ? 'arguments-too-large' : undefined;
}

export function allTasks(state: JobState): readonly Task[] {
  return [...state.maps, ...state.reduces];
}

export function findTask(state: JobState, kind: TaskKind, index: number): Task | undefined {
  return (kind === 'map' ? state.maps : state.reduces)[index];
}

export function withTask(state: JobState, task: Task): JobState {
  return task.kind === 'map'
    ? { ...state, maps: state.maps.with(task.index, task) }
    : { ...state, reduces: state.reduces.with(task.index, task) };
}

/** mapreduce.J2: the tasks of which some may be given out now. */
export function currentTasks(state: JobState): readonly Task[] {
  const mapped = state.maps.every((task) => task.state.type === 'completed');
  return mapped ? state.reduces : state.maps;
}

export function mapSources(state: JobState): readonly MapSource[] {
  return state.maps.map((task) => {
    const result = resultOf(task);
    invariant(result !== undefined, `map task ${task.index} has an output (mapreduce.J2)`);
    return { map: task.index, attempt: result.attempt, worker: result.worker };
  });
}

/** A reduce task's winning output, to be given its final name. Doing it twice must be the same as once. */
export const publishOrder = tuple({ attempt: natural, reduce: natural, output: bytes, worker: text });
export type PublishOrder = Described<typeof publishOrder>;

export function publishOrders(state: JobState): readonly PublishOrder[] {
  if (state.status.type !== 'running') return [];
  return state.reduces.flatMap((task) => {
    if (task.state.type !== 'publishing') return [];
    const { attempt, output, worker } = task.state.result;
    return [{ reduce: task.index, attempt, output, worker }];
  });
}
