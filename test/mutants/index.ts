/** The door of the mutants: known bugs that the simulator must find. */

import { CHECKPOINT_MUTANTS } from './checkpoints.ts';
import { DISK_MUTANTS } from './disks.ts';
import { ELECTION_MUTANTS } from './elections.ts';
import { GATHERING_MUTANTS } from './gathering.ts';
import { HOST_MUTANTS } from './hosts.ts';
import type { Mutant } from './mutant.ts';
import { READ_MUTANTS } from './reads.ts';
import { REPLICATION_MUTANTS } from './replication.ts';
import { CALL_MUTANTS, ROUTING_MUTANTS } from './ring.ts';
import { SESSION_MUTANTS } from './sessions.ts';
import { FLEET_MUTANTS, SHARD_MUTANTS } from './shard-mutants.ts';
import { SNAPSHOT_MUTANTS } from './snapshots.ts';

export { INEXPRESSIBLE } from './inexpressible.ts';
export { installMutant } from './install.ts';
export { type Mutant, PatchError, patched } from './mutant.ts';

export { FLEET_MUTANTS, ROUTING_MUTANTS, SHARD_MUTANTS };

export const MUTANTS: readonly Mutant[] = [
  ...ELECTION_MUTANTS,
  ...REPLICATION_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...DISK_MUTANTS,
  ...READ_MUTANTS,
  ...HOST_MUTANTS,
  ...CALL_MUTANTS,
  ...GATHERING_MUTANTS,
  ...SESSION_MUTANTS,
  ...CHECKPOINT_MUTANTS,
  ...SHARD_MUTANTS,
  ...FLEET_MUTANTS,
  ...ROUTING_MUTANTS,
];

export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant === undefined) throw new RangeError(`no mutant is called ${name}`);
  return mutant;
}
