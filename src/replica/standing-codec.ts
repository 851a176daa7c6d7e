/** What a replica says of its own part in the group, to whoever may take it back. */

import { Codec, type Described, oneOf, optional, tuple } from '../codec/index.ts';
import { diskId } from '../storage/index.ts';

const ownStanding = tuple({
  standing: oneOf('member', 'forgetful', 'readmitted', 'unformed'),
  disk: optional(diskId),
});
export type OwnStanding = Described<typeof ownStanding>;

export const OWN_STANDING: Codec<OwnStanding> = new Codec('the standing of a replica', ownStanding, 1);
