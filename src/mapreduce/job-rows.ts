/**
 * A job as rows of the coordinator's own table, so that it may be evicted or crash at any moment: one row for the
 * job, one for each split (never written again), one for each task. States share what did not change, so the rows to
 * write are those whose value is another object.
 */
import { Codec, natural, tuple } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { type JobState, jobOutline, jobStatus } from './job.ts';
import { split } from './splits.ts';
import { type Task, type TaskKind, task } from './task.ts';

const JOB_KEY = 'job';
const PAGE = { rowsMax: 256, bytesMax: 1_048_576 } as const;

export const JOB_ROW = new Codec(
  'a job',
  tuple({ spec: jobOutline, createdMs: natural, status: jobStatus }),
  2,
);
export const SPLIT_ROW = new Codec('a split', split, 3);
export const TASK_ROW = new Codec('a task', task, 3);

/** Writes what differs. `before` is the state that the table holds, undefined for a new job. */
export function saveJob(table: Table, before: JobState | undefined, after: JobState): void {
  if (before?.status !== after.status) table.put(JOB_KEY, JOB_ROW.encode(after));
  if (before === undefined) {
    for (const [index, part] of after.spec.splits.entries())
      table.put(rowKey('split', index), SPLIT_ROW.encode(part));
  }
  saveTasks(table, before?.maps, after.maps);
  saveTasks(table, before?.reduces, after.reduces);
}

function saveTasks(table: Table, before: readonly Task[] | undefined, after: readonly Task[]): void {
  for (const [index, each] of after.entries()) {
    if (before?.[index] !== each) table.put(rowKey(each.kind, index), TASK_ROW.encode(each));
  }
}

/** Throws `FormatError` on rows of another version. */
export function loadJob(table: TableReader): JobState | undefined {
  const row = table.get(JOB_KEY);
  if (row === undefined) return undefined;
  const { spec, createdMs, status } = JOB_ROW.decode(row);
  const splits = loadRows(table, 'split', SPLIT_ROW);
  const maps = loadRows(table, 'map', TASK_ROW);
  const reduces = loadRows(table, 'reduce', TASK_ROW);
  invariant(maps.length === splits.length && reduces.length === spec.reduceTasks, 'every task has its row');
  return { spec: { ...spec, splits }, createdMs, status, maps, reduces };
}

function loadRows<Value>(
  table: TableReader,
  kind: 'split' | TaskKind,
  codec: Codec<Value>,
): readonly Value[] {
  const values: Value[] = [];
  for (;;) {
    const rows = table.scan({ from: rowKey(kind, values.length), to: `${kind}0` }, PAGE);
    if (rows.length === 0) return values;
    for (const row of rows) values.push(codec.decode(row.value));
  }
}

/** `0` follows `/` in the order of keys: `map0` is the end of all `map/…`. */
function rowKey(kind: 'split' | TaskKind, index: number): string {
  return `${kind}/${index.toString().padStart(6, '0')}`;
}
