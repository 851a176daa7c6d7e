import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Address } from './network.ts';
import type { Routes } from './routes.ts';

/** The hosts of each group that work, when faults are over. */
export type Cores = ReadonlyMap<Group, readonly Host[]>;

/** What is simulated: a group that has everything, or several that share it. */
export interface Cluster {
  readonly groups: readonly Group[];
  /** For the clerk at that address. */
  routesFor(from: Address): Routes;
  /** What working groups have still to do, though no client waits. */
  unfinished(cores: Cores): string | undefined;
  /** What is not where it should be, when nothing is unfinished. */
  astray(cores: Cores): string | undefined;
}
