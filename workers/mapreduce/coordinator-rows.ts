/** The coordinator's rows beside those of the job itself (src/mapreduce/job-rows.ts). */
import { decode, encode } from 'cborg';
import type { Table, TableReader } from '../../src/storage/index.ts';
import type { JobPlan } from './plan.ts';

const PLAN_KEY = 'plan';

export function savePlan(table: Table, plan: JobPlan): void {
  table.put(PLAN_KEY, encode(plan));
}

export function loadPlan(table: TableReader): JobPlan | undefined {
  const row = table.get(PLAN_KEY);
  return row === undefined ? undefined : (decode(row) as JobPlan);
}

export function loadCounter(table: TableReader, counter: string): number {
  const row = table.get(counterKey(counter));
  return row === undefined ? 0 : decode(row);
}

export function addToCounter(table: Table, counter: string): number {
  const value = loadCounter(table, counter) + 1;
  table.put(counterKey(counter), encode(value));
  return value;
}

function counterKey(counter: string): string {
  return `counter/${counter}`;
}
