import type { Routing } from './gateway.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';

/** The hosts of each group that work, when faults are over. */
export type Cores = ReadonlyMap<Group, readonly Host[]>;

/** What is simulated: a group that has everything, or several that share it. */
export interface Cluster {
  /** But for those that are gone. */
  readonly groups: readonly Group[];
  /** For a gateway. */
  readonly routing: Routing;
  /** Whether what was written under the key was lost with a group that is gone. */
  isLost(key: string): boolean;
  /** What working groups have still to do, though no client waits. */
  unfinished(cores: Cores): string | undefined;
  /** What is not where it should be, when nothing is unfinished. */
  astray(cores: Cores): string | undefined;
}
