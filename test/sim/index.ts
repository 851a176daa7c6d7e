/** The door of the simulator. */

export { runSeeds, type SeedOptions, seedsFrom, seedsOf } from './run-seeds.ts';
export { type Outcome, type SimulationOptions, simulate } from './simulation.ts';
export type { Violation } from './verdict.ts';
