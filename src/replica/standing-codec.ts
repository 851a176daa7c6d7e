/** What a replica says of its own part in the group, to whoever may take it back. */

import { Codec, type Described, list, oneOf, optional, tuple } from '../codec/index.ts';
import { diskId, replicaId } from '../storage/index.ts';

const ownStanding = tuple({
  /** `damaged`: nothing of its disk can be believed. `refused`: its disk belongs to other code or settings. */
  standing: oneOf('member', 'forgetful', 'readmitted', 'unformed', 'damaged', 'refused'),
  /** Of a damaged one it names this finding of damage, and no other. */
  disk: optional(diskId),
  /** Of its group, as far as this replica knows; nobody if it knows of none that was formed. */
  voters: list(replicaId),
});
export type OwnStanding = Described<typeof ownStanding>;

export const OWN_STANDING: Codec<OwnStanding> = new Codec('the standing of a replica', ownStanding, 2);

const discarding = tuple({
  /** As the damaged replica has named it: a request that is late discards nothing that was written since. */
  disk: diskId,
  /** Whom the replica asks for its group when it begins anew. */
  voters: list(replicaId),
});
export type Discarding = Described<typeof discarding>;

/** Answered with the standing that follows. */
export const DISCARDING: Codec<Discarding> = new Codec('the order to discard a disk', discarding, 1);
