import type { Membership, ReplicaId } from '../../src/raft/index.ts';
import type { Checker } from './checker.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** What all parts of a simulation share. */
export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: Network;
  readonly checker: Checker;
  readonly trace: Trace;
  readonly membership: Membership;
  /** Names a read, in the observations. */
  readonly nextRead: () => number;
  readonly host: (id: ReplicaId) => Host;
  /** Faults still happen; later the healed majority must finish. */
  readonly isSafetyPhase: () => boolean;
}
