/** What a run of the benchmark does: which parts, and how long each takes. */

import { InvalidArgumentError } from 'commander';
import type { CatchUpOptions } from './catch-up.ts';
import type { ComparisonPlan } from './comparison.ts';
import { CONTENDER_NAMES, type ContenderName } from './contenders/contender.ts';
import type { FailoverOptions } from './failover.ts';
import type { GrowthPlan } from './growth.ts';
import { QUICK_WORKLOADS, WORKLOADS } from './workload.ts';

export interface BenchOptions {
  readonly quick?: true;
  readonly only?: readonly PartName[];
  readonly growth?: true;
  readonly growthKeys?: readonly number[];
  readonly rounds?: number;
  readonly out: string;
}

export const PART_NAMES = [...CONTENDER_NAMES, 'crashes', 'counts', 'growth'] as const;
type PartName = (typeof PART_NAMES)[number];

export interface BenchPlan {
  /** None: nobody is compared. */
  readonly contenders: ReadonlySet<ContenderName>;
  readonly comparison: ComparisonPlan;
  /** Whether to count what a put takes. */
  readonly counts: boolean;
  readonly crashes: Pick<FailoverOptions, 'crashes' | 'settleMs' | 'clients'> | undefined;
  readonly growth:
    | (Omit<GrowthPlan, 'onKeys' | 'onRefused'> & {
        readonly catchUps: readonly Omit<CatchUpOptions, 'cluster'>[];
      })
    | undefined;
}

const FULL = {
  comparison: {
    workloads: WORKLOADS,
    knownKeys: 1000,
    rounds: 5,
    roundMs: 1500,
    warmUpMs: 300,
    settleMs: 50,
  },
  crashes: { crashes: 20, settleMs: 1000, clients: 16 },
  growth: {
    sizes: [10_000, 100_000, 1_000_000],
    rounds: 5,
    roundMs: 2000,
    warmUpMs: 1000,
    catchUps: [
      { puts: 3000, valueBytes: 1024, clients: 4 },
      { puts: 1000, valueBytes: 64 << 10, clients: 4 },
    ],
  },
} as const;

/** Under a minute, growth aside. */
const QUICK = {
  comparison: {
    workloads: QUICK_WORKLOADS,
    knownKeys: 64,
    rounds: 1,
    roundMs: 250,
    warmUpMs: 50,
    settleMs: 0,
  },
  crashes: { crashes: 2, settleMs: 200, clients: 16 },
  growth: {
    sizes: [500, 1000],
    rounds: 1,
    roundMs: 250,
    warmUpMs: 50,
    catchUps: [
      { puts: 100, valueBytes: 1024, clients: 4 },
      { puts: 192, valueBytes: 64 << 10, clients: 4 },
    ],
  },
} as const;

export function planOf({ quick, only, growth, growthKeys, rounds }: BenchOptions): BenchPlan {
  const { comparison, crashes, growth: sizes } = quick ? QUICK : FULL;
  const named = new Set<PartName>(only ?? [...CONTENDER_NAMES, 'crashes', 'counts']);
  if (growth) named.add('growth');
  return {
    contenders: new Set(CONTENDER_NAMES.filter((name) => named.has(name))),
    comparison: { ...comparison, rounds: rounds ?? comparison.rounds },
    crashes: named.has('crashes') ? crashes : undefined,
    counts: named.has('counts') && quick !== true,
    growth: named.has('growth')
      ? { ...sizes, sizes: growthKeys ?? sizes.sizes, rounds: rounds ?? sizes.rounds }
      : undefined,
  };
}

/** For the option: names that commas part. */
export function parsePartNames(names: string): readonly PartName[] {
  return names.split(',').map((text) => {
    const name = PART_NAMES.find((known) => known === text);
    if (name === undefined) throw new InvalidArgumentError(`There are ${PART_NAMES.join(', ')}.`);
    return name;
  });
}

/** For the option: whole numbers that commas part, each greater than the one before. */
export function parseSizes(sizes: string): readonly number[] {
  const numbers = sizes.split(',').map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : 0));
  if (numbers.some((number, at) => number <= (numbers[at - 1] ?? 0))) {
    throw new InvalidArgumentError('It must be whole numbers, each greater than the one before.');
  }
  return numbers;
}
