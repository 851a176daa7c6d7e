/**
 * Is there an order of the operations, each taking effect between its call and its return, that the model allows?
 * (Herlihy & Wing, "Linearizability", 1990.) The history is split by partition, and each part searched by itself.
 */

import type { Operation } from './history.ts';
import type { Model, Primitive } from './model.ts';
import { type SearchLimits, type SearchResult, searchLinearization } from './search.ts';

/** "unknown" says that a limit ended the search. It is not a pass. */
export type Verdict = 'linearizable' | 'not linearizable' | 'unknown';

export interface CheckLimits {
  /** For the whole history. */
  readonly timeLimitMs: number;
  /** The clock of the time limit: any origin, but it must not stand still for ever if the limit is to hold. */
  readonly nowMs: () => number;
  /** What the search of one partition may remember. */
  readonly memoryBytesMax?: number;
}

export interface PartitionResult<Input, Output> {
  readonly key: string;
  readonly operations: readonly Operation<Input, Output>[];
  /** Its indexes are those of `operations`. */
  readonly result: SearchResult;
}

export interface CheckResult<Input, Output> {
  readonly verdict: Verdict;
  readonly partitionCount: number;
  /** Those that were searched, the smallest first. The first that is not linearizable ends the check. */
  readonly partitions: readonly PartitionResult<Input, Output>[];
}

const MEMORY_BYTES_MAX = 512 * 1024 * 1024;

export function checkHistory<Input, Output, State extends Primitive>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  limits: CheckLimits,
): CheckResult<Input, Output> {
  const deadlineMs = limits.nowMs() + limits.timeLimitMs;
  const searchLimits: SearchLimits = {
    isTimeOver: () => limits.nowMs() >= deadlineMs,
    memoryBytesMax: limits.memoryBytesMax ?? MEMORY_BYTES_MAX,
  };
  const parts = Map.groupBy(operations, (operation) => model.partition(operation.input));
  // The smallest first: one partition too hard to search must not hide a plain violation in another.
  const bySize = [...parts].sort(([, a], [, b]) => a.length - b.length);
  const partitions: PartitionResult<Input, Output>[] = [];
  let verdict: Verdict = 'linearizable';
  for (const [key, part] of bySize) {
    const result = searchLinearization(part, model, searchLimits);
    partitions.push({ key, operations: part, result });
    if (result.verdict === 'linearizable') continue;
    verdict = result.verdict;
    if (verdict === 'not linearizable') break;
  }
  return { verdict, partitionCount: parts.size, partitions };
}
