import type { Host } from './host.ts';
import type { Past } from './past.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Notes } from './trace.ts';
import type { Verdict } from './verdict.ts';
import type { Versions } from './versions.ts';

/** What all parts of a simulation share. */
export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  /** All replicas, by their names. */
  readonly directory: Map<string, Host>;
  readonly random: Random;
  readonly trace: Notes;
  readonly verdict: Verdict;
  readonly versions: Versions;
  readonly past: Past;
  /** Names a read, in the observations. */
  readonly nextRead: () => number;
  /** Faults still happen; later the healed majorities must finish. */
  readonly isSafetyPhase: () => boolean;
}
