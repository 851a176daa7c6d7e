/** How the values of consensus are written, on disks and in messages. */

import { FormatError, list, mapped, naturalUpTo, type Shape, tuple } from '../codec/index.ts';
import { type Index, type LogId, Membership, type ReplicaId, type Term } from '../raft/index.ts';

/** No group ever comes so far, and what is added to it stays exact: a number from a broken sender stops nobody. */
const NUMBER_MAX = 2 ** 48;

export const index: Shape<Index> = naturalUpTo<Index>(NUMBER_MAX);
export const term: Shape<Term> = naturalUpTo<Term>(NUMBER_MAX);
export const replicaId: Shape<ReplicaId> = naturalUpTo<ReplicaId>(NUMBER_MAX);
export const logId: Shape<LogId> = tuple({ index, term });

const plainMembership = tuple({ voters: list(replicaId), learners: list(replicaId) });

export const membership: Shape<Membership> = mapped(
  plainMembership,
  ({ voters, learners }: Membership) => ({ voters, learners }),
  ({ voters, learners }) => {
    const isRising = (ids: readonly ReplicaId[]): boolean => ids.every((id, at) => id > (ids[at - 1] ?? -1));
    const isMembership =
      voters.length > 0 &&
      isRising(voters) &&
      isRising(learners) &&
      !voters.some((id) => learners.includes(id));
    if (!isMembership)
      throw new FormatError('a membership names voters and learners by rising id, each once');
    return Membership.of(voters, learners);
  },
);
