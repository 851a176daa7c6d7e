/**
 * Stands for a replica whose disk belongs to other code or settings, or is damaged: it says so, and touches nothing. A
 * damaged disk, and no other, may be given up: then the replica begins anew with an empty one, and is what a replica is
 * that has lost its disk. Whether the others can spare it is for those to find out who ask for it (client/readmission.ts).
 *
 * store.D1  A disk is discarded only if it is damaged, and by the name under which the damage was told: an order that is
 *     late, or comes twice, is none.
 */

import type { DiskId, ReplicaId } from '../raft/index.ts';
import {
  DISCARDING,
  OWN_STANDING,
  type OwnStanding,
  REPLICA_ANSWER,
  REPLICA_PATHS,
  type ReplicaAnswer,
} from '../replica/index.ts';
import { ShardCountError } from '../shard/index.ts';
import { DamagedDiskError } from '../storage/index.ts';
import { json, type Respond, type Server } from './replica-server.ts';

/** What the host of a replica does about a damaged disk. */
export interface Disposal {
  /** Names this finding of damage. */
  readonly disk: DiskId;
  /** Empties the disk and begins anew, in a group of these voters as far as nobody knows better. */
  discard(voters: readonly ReplicaId[], done: () => void): void;
}

export function refusingServer(error: Error, disposal?: Disposal): Server {
  const damage = error instanceof DamagedDiskError ? disposal : undefined;
  const standing: OwnStanding =
    damage === undefined
      ? { standing: 'refused', disk: undefined, voters: [] }
      : { standing: 'damaged', disk: damage.disk, voters: [] };
  let isDiscarded = false;
  const discard = (body: Uint8Array, respond: Respond): void => {
    const order = DISCARDING.tryDecode(body);
    const isMeant = order !== undefined && order.disk === damage?.disk && order.voters.length > 0;
    if (!isMeant || isDiscarded) return respond(OWN_STANDING.encode(standing));
    isDiscarded = true;
    damage?.discard(order.voters, () =>
      respond(OWN_STANDING.encode({ standing: 'unformed', disk: undefined, voters: [] })),
    );
  };
  return {
    handle(path, body, respond) {
      switch (path) {
        case REPLICA_PATHS.status:
          return respond(json({ role: 'refused', reason: error.message }));
        case REPLICA_PATHS.standing:
          return respond(OWN_STANDING.encode(standing));
        case REPLICA_PATHS.discard:
          return discard(body, respond);
        case REPLICA_PATHS.command:
        case REPLICA_PATHS.query:
        case REPLICA_PATHS.localQuery:
        case REPLICA_PATHS.readmit:
        case REPLICA_PATHS.shard:
          return respond(REPLICA_ANSWER.encode(refusal(error)));
        default:
          return respond(undefined);
      }
    },
  };
}

/** Nothing is executed here, so nobody need wonder whether it was. */
function refusal(error: Error): ReplicaAnswer<never> {
  if (!(error instanceof ShardCountError)) return { type: 'not-leader', leader: undefined };
  return { type: 'shard-count', made: error.made, set: error.set };
}
