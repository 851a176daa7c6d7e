/** What is counted: one kind of operation, by so many clients at a time, at a group of so many replicas. */

import { CostedGroup } from './costed-group.ts';
import { perOperation, type Tally } from './tally.ts';

export const OPERATIONS = ['put of a new key', 'put of one key', 'get'] as const;
type Operation = (typeof OPERATIONS)[number];

export interface Scenario {
  readonly replicas: number;
  readonly clients: number;
  readonly operation: Operation;
}

export const SCENARIOS: readonly Scenario[] = [3, 5].flatMap((replicas) =>
  [1, 64].flatMap((clients) => OPERATIONS.map((operation) => ({ replicas, clients, operation }))),
);

/** So many that the log is compacted, and what is written now and then is in the mean as often as in the long run. */
const OPERATIONS_COUNTED = 8192;
const OPERATIONS_BEFORE = 4096;
const VALUE_BYTES = 100;

export function countPerOperation({ replicas, clients, operation }: Scenario): Tally {
  const group = new CostedGroup(replicas);
  let begun = 0;
  let done = 0;
  const perform = (goal: number): void => {
    const next = (): void => {
      if (begun >= goal) return;
      const number = begun;
      begun += 1;
      const after = (): void => {
        done += 1;
        next();
      };
      if (operation === 'get') group.get('key-0', after);
      else group.put(operation === 'put of one key' ? 'key-0' : `key-${number}`, freshValue(number), after);
    };
    for (let client = 0; client < clients; client += 1) next();
    group.runUntil(() => done >= goal);
  };
  perform(OPERATIONS_BEFORE);
  const before = group.takeTally();
  perform(OPERATIONS_BEFORE + OPERATIONS_COUNTED);
  return perOperation(before, group.takeTally(), OPERATIONS_COUNTED);
}

const IDLE_MS = 600_000;
const SETTLING_MS = 120_000;

/** In an hour in which nobody asks for anything. */
export function countPerIdleHour(replicas: number): Tally {
  const group = new CostedGroup(replicas);
  let isDone = false;
  group.put('key', freshValue(0), () => {
    isDone = true;
  });
  group.runUntil(() => isDone);
  group.run(SETTLING_MS);
  const before = group.takeTally();
  group.run(IDLE_MS);
  return perOperation(before, group.takeTally(), IDLE_MS / 3_600_000);
}

/** A value that is not the one before: what is written as it was costs less than it should. */
function freshValue(number: number): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  new DataView(value.buffer).setUint32(0, number);
  return value;
}
