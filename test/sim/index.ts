/** The door of the simulator. */

export { fleetSeedsFrom, runSeeds, type SeedOptions, seedsFrom } from './run-seeds.ts';
export { type Outcome, type SimulationOptions, simulate } from './simulation.ts';
export type { Violation } from './verdict.ts';
