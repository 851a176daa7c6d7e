/** Plays the scenes and runs the model with a bug planted, in a thread whose modules are its own, and reports what they say. */

import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { installMutant } from '../../../mutants/install.ts';
import { SHARD_MUTANTS } from '../../../mutants/shard-mutants.ts';

export interface MutantOrder {
  /** Undefined: no bug is planted. */
  readonly mutant: string | undefined;
  readonly seed: number;
  readonly runs: number;
}

export interface MutantReport {
  readonly failed: boolean;
  /** The scene, or the model. */
  readonly by: string;
  /** Runs until the failure. */
  readonly runs: number;
  readonly message: string;
}

const { mutant: name, seed, runs }: MutantOrder = workerData;
const mutant = SHARD_MUTANTS.find((each) => each.name === name);
if (mutant !== undefined) installMutant(mutant);
// Only now: what is imported before is loaded without the bug.
const { SCENES } = await import('./scenes.ts');
const { shardsMoveSafely } = await import('./property.ts');
const model = modelFailure();
parentPort?.postMessage(model.failed ? model : (sceneFailure() ?? model));

function sceneFailure(): MutantReport | undefined {
  for (const scene of SCENES) {
    try {
      scene.run();
    } catch (error) {
      return { failed: true, by: scene.name, runs: 0, message: textOf(error) };
    }
  }
  return undefined;
}

function modelFailure(): MutantReport {
  const { failed, numRuns, errorInstance } = fc.check(shardsMoveSafely(), {
    seed,
    numRuns: runs,
    endOnFailure: true,
  });
  return { failed, by: 'the model', runs: numRuns, message: textOf(errorInstance) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
