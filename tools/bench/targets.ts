/** What a put may cost, and what was measured beside it. Ratios are taken round by round; the median is judged. */

import type { ContenderName } from './contenders/contender.ts';
import { findCell, type Round, ratioOf } from './figures.ts';
import type { PutCount, Results } from './results.ts';
import { type Spread, spread } from './statistics.ts';
import { BATCH_WORKLOAD, type Workload } from './workload.ts';

export interface Target {
  readonly measure: string;
  readonly wanted: { readonly atLeast: number } | { readonly atMost: number };
  /** Undefined if a figure that it needs is missing. */
  readonly measured: (results: Results) => Spread | undefined;
  /** What to do, or to read, where nothing was measured. */
  readonly otherwise: string;
}

export type Judgement =
  | { readonly type: 'measured'; readonly value: Spread; readonly isMet: boolean }
  | { readonly type: 'not-measured'; readonly reason: string };

export function judge({ wanted, measured, otherwise }: Target, results: Results): Judgement {
  const value = measured(results);
  if (value === undefined) return { type: 'not-measured', reason: otherwise };
  const isMet = 'atLeast' in wanted ? value.median >= wanted.atLeast : value.median <= wanted.atMost;
  return { type: 'measured', value, isMet };
}

const PUT_64: Workload = { operation: 'put', valueBytes: 16, clients: 64 };
const PUT_1: Workload = { ...PUT_64, clients: 1 };
const GET_64: Workload = { ...PUT_64, operation: 'get' };

const GROWTH = { from: 10_000, to: 1_000_000 } as const;

const RUN_BOTH = 'needs both contenders';
const COUNTED = 'left out by `--only` or `--quick`; docs/cost.md has it';

export const TARGETS: readonly Target[] = [
  ratioTarget('put, 64 clients: group of 3 / floor, throughput', ['group-3', 'floor'], PUT_64, {
    atLeast: 0.9,
  }),
  {
    measure: "the same, server CPU per put / floor's",
    wanted: { atMost: 1.3 },
    measured: ratio('group-3', 'floor', PUT_64, 'serverCpuUs'),
    otherwise: RUN_BOTH,
  },
  ratioTarget('put, 1 client: group of 3 / floor, throughput', ['group-3', 'floor'], PUT_1, {
    atLeast: 0.38,
  }),
  ratioTarget("get linearizable, 64 clients: group of 3 / floor's get", ['group-3', 'floor'], GET_64, {
    atLeast: 1,
  }),
  {
    measure: "put, 64 clients, single: group of 3 / etcd's",
    wanted: { atLeast: 0.6 },
    measured: ratio('group-3', 'etcd', PUT_64, 'operationsPerSecond'),
    otherwise: 'needs etcd in PATH',
  },
  {
    measure: "put, in batches of 100, 8 clients: group of 3 / etcd's transactions of 100",
    wanted: { atLeast: 1.5 },
    measured: ratio('group-3', 'etcd', BATCH_WORKLOAD, 'operationsPerSecond'),
    otherwise: 'needs etcd in PATH',
  },
  ratioTarget('put, 64 clients: through `npm start` / bare workerd', ['start', 'group-3'], PUT_64, {
    atLeast: 0.9,
  }),
  ratioTarget('put, 64 clients: group of 5 / group of 3', ['group-5', 'group-3'], PUT_64, { atLeast: 0.75 }),
  {
    measure: 'p50 of a put by 1 client: at 1 million keys / at 10 thousand',
    wanted: { atMost: 1.2 },
    measured: growthRatio,
    otherwise: '`npm run bench -- --growth`',
  },
  counted('billed rows per put, all replicas, 1 client, new keys', 6.4, billedRows(1, true)),
  counted('billed rows per put, all replicas, 1 client, one key', 3.2, billedRows(1, false)),
  counted('billed rows per put, all replicas, 64 clients, new keys', 3.6, billedRows(64, true)),
  counted('billed rows per put, all replicas, 64 clients, one hot key', 0.4, billedRows(64, false)),
  counted(
    'calls between objects per put, 64 clients, router included',
    0.2,
    (put) => put.clients === 64 && put.hasNewKeys && put.calls,
  ),
  {
    measure: 'crash of a leader to the next acknowledged write, election time-outs',
    wanted: { atMost: 1.2 },
    measured: ({ crashes }) =>
      crashes && spread(crashes.figures.gapsMs.map((ms) => ms / crashes.figures.electionTimeoutMs)),
    otherwise: 'left out by `--only`',
  },
];

function ratioTarget(
  measure: string,
  [over, under]: readonly [ContenderName, ContenderName],
  workload: Workload,
  wanted: Target['wanted'],
): Target {
  const measured = ratio(over, under, workload, 'operationsPerSecond');
  return { measure, wanted, measured, otherwise: RUN_BOTH };
}

/** `pick`: the number, of the put that it is about; false of others. */
function counted(measure: string, atMost: number, pick: (put: PutCount) => number | false): Target {
  const measured: Target['measured'] = ({ counts }) => {
    const picked = (counts?.figures ?? []).map(pick).find((number) => number !== false);
    return typeof picked === 'number' ? spread([picked]) : undefined;
  };
  return { measure, wanted: { atMost }, measured, otherwise: COUNTED };
}

function billedRows(clients: number, hasNewKeys: boolean): (put: PutCount) => number | false {
  return (put) => put.clients === clients && put.hasNewKeys === hasNewKeys && put.billedRows;
}

function ratio(
  over: ContenderName,
  under: ContenderName,
  workload: Workload,
  figure: keyof Round,
): Target['measured'] {
  return ({ comparison }) => {
    if (comparison === undefined) return undefined;
    const [above, below] = [over, under].map((name) => findCell(comparison.figures, name, workload));
    return above && below && ratioOf(above, below, figure);
  };
}

function growthRatio({ growth }: Results): Spread | undefined {
  const [from, to] = [GROWTH.from, GROWTH.to].map((keys) =>
    growth?.figures.sizes.find((size) => size.keys === keys),
  );
  return from && to && spread([to.putP50Ms.median / from.putP50Ms.median]);
}
