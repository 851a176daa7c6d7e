/** The door of the simulator. */

export type { Violation } from './checker.ts';
export { runSeeds, type SeedOptions, seedsFrom } from './run-seeds.ts';
export { type Outcome, type SimulationOptions, simulate } from './simulation.ts';
