/** Runs a mutant until it is caught. */

import { type Outcome, runSeeds, seedsOf } from '../sim/index.ts';
import { play } from '../unit/shard/model/play.ts';
import { FLEET_MUTANTS, type Mutant, ROUTING_MUTANTS, SHARD_MUTANTS } from './index.ts';

export interface MutantVerdict {
  readonly mutant: Mutant;
  /** Who looked last. */
  readonly judge: 'simulator' | 'model' | 'scene';
  /** How many seeds, or runs of the model, it took; the limit, if it survived. */
  readonly seeds: number;
  /** Undefined if it survived. */
  readonly caught: { readonly by: string; readonly message: string } | undefined;
}

export interface JudgeLimits {
  readonly fromSeed: number;
  readonly seedsMax: number;
}

/** What the simulator's fleets do not find in so many seeds is left to the model, if the model can find it. */
const FLEET_SEEDS_MAX = { withModel: 60, alone: 300 } as const;
const MODEL_SEED = 1;
const MODEL_RUNS_MAX = 80;

export async function judge(mutant: Mutant, { fromSeed, seedsMax }: JudgeLimits): Promise<MutantVerdict> {
  const needsFleet = [SHARD_MUTANTS, FLEET_MUTANTS, ROUTING_MUTANTS].some((mutants) =>
    mutants.includes(mutant),
  );
  if (!needsFleet) return simulated(mutant, seedsOf('group', fromSeed, seedsMax));
  const hasModel = SHARD_MUTANTS.includes(mutant);
  const fleetsMax = hasModel ? FLEET_SEEDS_MAX.withModel : FLEET_SEEDS_MAX.alone;
  const verdict = await simulated(mutant, seedsOf('fleet', fromSeed, Math.min(fleetsMax, seedsMax)));
  return verdict.caught === undefined && hasModel ? modelled(mutant) : verdict;
}

async function simulated(mutant: Mutant, seedsToRun: Iterator<number>): Promise<MutantVerdict> {
  let seeds = 0;
  let violation: Outcome['violation'];
  await runSeeds(seedsToRun, { mutant: mutant.name, isTraced: false }, (outcome) => {
    seeds += 1;
    violation = outcome.violation;
    return violation === undefined ? 'go on' : 'enough';
  });
  const caught = violation && { by: violation.invariant, message: violation.message };
  return { mutant, judge: 'simulator', seeds, caught };
}

async function modelled(mutant: Mutant): Promise<MutantVerdict> {
  const { failed, by, runs, message } = await play({
    mutant: mutant.name,
    seed: MODEL_SEED,
    runs: MODEL_RUNS_MAX,
  });
  const judge = by === 'the model' ? 'model' : 'scene';
  return { mutant, judge, seeds: runs, caught: failed ? { by, message } : undefined };
}
