/** The door of the simulator. */

export type { Violation } from './checker.ts';
export { runSeeds } from './run-seeds.ts';
export { type Outcome, type SimulationOptions, simulate } from './simulation.ts';
