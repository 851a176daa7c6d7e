/** What a coordinator keeps beside its job: the plan, and what the job's workers share. */
import type { Table, TableReader } from '../../src/storage/index.ts';
import { COUNTER_ROW, type JobPlan, PLAN_ROW } from './codecs.ts';

const PLAN_KEY = 'plan';

export function savePlan(table: Table, plan: JobPlan): void {
  table.put(PLAN_KEY, PLAN_ROW.encode(plan));
}

export function loadPlan(table: TableReader): JobPlan | undefined {
  const row = table.get(PLAN_KEY);
  return row && PLAN_ROW.decode(row);
}

export function loadCounter(table: TableReader, counter: string): number {
  const row = table.get(counterKey(counter));
  return row === undefined ? 0 : COUNTER_ROW.decode(row);
}

export function addToCounter(table: Table, counter: string): number {
  const value = loadCounter(table, counter) + 1;
  table.put(counterKey(counter), COUNTER_ROW.encode(value));
  return value;
}

function counterKey(counter: string): string {
  return `counter/${counter}`;
}

/** Which worker is where just now. Forgotten in a crash: the calls of all that wait there fail. */
export class MeetingPlaces {
  readonly #present = new Map<string, Set<string>>();

  /** Counts half-way, when everybody who came at about the same time is there. */
  async meet(place: string, worker: string, ms: number): Promise<number> {
    const present = this.#present.get(place) ?? new Set();
    this.#present.set(place, present.add(worker));
    await scheduler.wait(ms / 2);
    const together = present.size;
    await scheduler.wait(ms / 2);
    present.delete(worker);
    return together;
  }
}
