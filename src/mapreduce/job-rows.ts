/**
 * A job as rows of the coordinator's own table, so that it may be evicted or crash at any moment: one row for the
 * job, one for each split (never written again), one for each task. States share what did not change, so the rows to
 * write are those whose value is another object.
 */
import { decode, encode } from 'cborg';
import { invariant } from '../protocol/index.ts';
import type { KeyRange, Table, TableReader } from '../storage/index.ts';
import type { JobSpec, JobState } from './job.ts';
import type { Split } from './splits.ts';
import type { Task, TaskKind } from './task.ts';

const FORMAT_VERSION = 1;
const JOB_KEY = 'job';
const PAGE = { rowsMax: 256, bytesMax: 1_048_576 } as const;

type JobRow = Omit<JobState, 'maps' | 'reduces' | 'spec'> & {
  readonly version: number;
  readonly spec: Omit<JobSpec, 'splits'>;
};

/** Writes what differs. `before` is the state that the table holds, undefined for a new job. */
export function saveJob(table: Table, before: JobState | undefined, after: JobState): void {
  if (before?.status !== after.status) table.put(JOB_KEY, encode(jobRow(after)));
  if (before === undefined) {
    for (const [index, split] of after.spec.splits.entries())
      table.put(rowKey('split', index), encode(split));
  }
  saveTasks(table, before?.maps, after.maps);
  saveTasks(table, before?.reduces, after.reduces);
}

function saveTasks(table: Table, before: readonly Task[] | undefined, after: readonly Task[]): void {
  for (const [index, task] of after.entries()) {
    if (before?.[index] !== task) table.put(rowKey(task.kind, index), encode(task));
  }
}

export function loadJob(table: TableReader): JobState | undefined {
  const row = table.get(JOB_KEY);
  if (row === undefined) return undefined;
  const { version, spec, createdMs, status } = decode(row) as JobRow;
  invariant(version === FORMAT_VERSION, `a job of format version ${version} cannot be read`);
  const splits = loadRows<Split>(table, 'split');
  const maps = loadRows<Task>(table, 'map');
  const reduces = loadRows<Task>(table, 'reduce');
  invariant(maps.length === splits.length && reduces.length === spec.reduceTasks, 'every task has its row');
  return { spec: { ...spec, splits }, createdMs, status, maps, reduces };
}

function jobRow({ spec, createdMs, status }: JobState): JobRow {
  const { splits: _, ...rest } = spec;
  return { version: FORMAT_VERSION, spec: rest, createdMs, status };
}

function loadRows<Value>(table: TableReader, kind: 'split' | TaskKind): readonly Value[] {
  const values: Value[] = [];
  const range: KeyRange = { from: rowKey(kind, 0), to: `${kind}0` };
  for (;;) {
    const rows = table.scan({ from: rowKey(kind, values.length), to: range.to }, PAGE);
    if (rows.length === 0) return values;
    for (const row of rows) values.push(decode(row.value) as Value);
  }
}

/** `0` follows `/` in the order of keys: `map0` is the end of all `map/…`. */
function rowKey(kind: 'split' | TaskKind, index: number): string {
  return `${kind}/${index.toString().padStart(6, '0')}`;
}
