/** The door of the simulator. */

export { runSeeds, seedsFrom, seedsOf } from './run-seeds.ts';
export type { Outcome } from './simulation.ts';
