/** What was measured of contenders, round by round, and how rounds become figures. */

import type { ContenderName } from './contenders/contender.ts';
import type { LoadResult } from './load.ts';
import { percentile, type Spread, spread } from './statistics.ts';
import { type Operation, type Workload, workloadId } from './workload.ts';

export interface Round {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Also of answers that came after the round, when no client went on. */
  readonly slowestMs: number;
  /** CPU time of all processes of the server, per operation. */
  readonly serverCpuUs: number;
  /** Of the load generator, per operation. */
  readonly loadCpuUs: number;
}

/** One contender under one workload. */
export interface Cell {
  readonly contender: ContenderName;
  readonly workload: Workload;
  readonly rounds: readonly Round[];
}

export interface Comparison {
  readonly contenders: readonly { readonly name: ContenderName; readonly title: string }[];
  readonly roundMs: number;
  readonly cells: readonly Cell[];
  readonly leftOut: readonly LeftOut[];
  readonly repeated: readonly Repeated[];
}

/** A round that was taken again, since a request was refused. */
export interface Repeated {
  readonly contender: ContenderName;
  readonly workload: Workload;
  readonly reason: string;
}

/** What could not be measured, and why. */
export interface LeftOut {
  readonly contender: ContenderName;
  /** Undefined: all of it. */
  readonly operation?: Operation | undefined;
  readonly reason: string;
}

export function roundOf({
  operationsPerSecond,
  latenciesMs,
  slowestMs,
  serverCpuMs,
  loadCpuMs,
}: LoadResult): Round {
  return {
    operationsPerSecond: Math.round(operationsPerSecond * 10) / 10,
    p50Ms: roundToMicroseconds(percentile(latenciesMs, 50)),
    p99Ms: roundToMicroseconds(percentile(latenciesMs, 99)),
    slowestMs: roundToMicroseconds(slowestMs),
    serverCpuUs: Math.round(serverCpuMs * 1000),
    loadCpuUs: Math.round(loadCpuMs * 1000),
  };
}

function roundToMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

export function findCell(
  { cells }: Comparison,
  contender: ContenderName,
  workload: Workload,
): Cell | undefined {
  const id = workloadId(workload);
  return cells.find((cell) => cell.contender === contender && workloadId(cell.workload) === id);
}

export function spreadOf({ rounds }: Cell, figure: keyof Round): Spread {
  return spread(rounds.map((round) => round[figure]));
}

/** Round by round: rounds of the same number were neighbours in time. */
export function ratioOf(over: Cell, under: Cell, figure: keyof Round): Spread {
  const ratios = over.rounds.flatMap((round, at) => {
    const other = under.rounds[at];
    return other === undefined || other[figure] === 0 ? [] : [round[figure] / other[figure]];
  });
  return spread(ratios);
}
