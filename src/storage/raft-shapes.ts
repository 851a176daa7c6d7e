/** How the values of consensus are written, on disks and in messages. */

import {
  bytes,
  Codec,
  FormatError,
  list,
  mapped,
  naturalUpTo,
  oneOf,
  type Shape,
  text,
  tuple,
} from '../codec/index.ts';
import {
  asDiskId,
  type DiskId,
  type Entry,
  type Index,
  type LogId,
  Membership,
  type Readmission,
  type ReplicaId,
  type Term,
} from '../raft/index.ts';

/** No group ever comes so far, and what is added to it stays exact: a number from a broken sender stops nobody. */
const NUMBER_MAX = 2 ** 48;

export const index: Shape<Index> = naturalUpTo<Index>(NUMBER_MAX);
export const term: Shape<Term> = naturalUpTo<Term>(NUMBER_MAX);
export const replicaId: Shape<ReplicaId> = naturalUpTo<ReplicaId>(NUMBER_MAX);
export const logId: Shape<LogId> = tuple({ index, term });

const DISK_ID_LENGTH_MAX = 64;

export const diskId: Shape<DiskId> = mapped(
  text,
  (id: DiskId): string => id,
  (id) => {
    if (id.length === 0 || id.length > DISK_ID_LENGTH_MAX) {
      throw new FormatError(`the id of a disk has 1 to ${DISK_ID_LENGTH_MAX} characters`);
    }
    return asDiskId(id);
  },
);

const readmission: Shape<Readmission> = tuple({ replica: replicaId, disk: diskId });

/** What stands in the place of a payload. */
export const READMISSION: Codec<Readmission> = new Codec('a readmission', readmission, 1);

export const ENTRY_KINDS = ['command', 'noop', 'readmission'] as const satisfies readonly Entry['kind'][];

/** The bytes of an entry; `toEntry` reads them again. */
export function entryBytes({ payload, readmission }: Entry): Uint8Array {
  return readmission === undefined ? payload : READMISSION.encode(readmission);
}

/** Throws `FormatError`. */
export function toEntry({ payload, ...entry }: Omit<Entry, 'readmission'>): Entry {
  if (entry.kind !== 'readmission') return { ...entry, payload };
  return { ...entry, payload: new Uint8Array(0), readmission: READMISSION.decode(payload) };
}

export const entry: Shape<Entry> = mapped(
  tuple({ index, term, kind: oneOf(...ENTRY_KINDS), payload: bytes }),
  (entry: Entry) => {
    const { index, term, kind } = entry;
    return { index, term, kind, payload: entryBytes(entry) };
  },
  toEntry,
);

const plainMembership = tuple({
  voters: list(replicaId),
  learners: list(replicaId),
  disks: list(tuple({ replica: replicaId, disk: diskId })),
});

const isRising = (ids: readonly ReplicaId[]): boolean => ids.every((id, at) => id > (ids[at - 1] ?? -1));

export const membership: Shape<Membership> = mapped(
  plainMembership,
  ({ voters, learners, disks }: Membership) => ({
    voters,
    learners,
    disks: [...disks].map(([replica, disk]) => ({ replica, disk })),
  }),
  ({ voters, learners, disks }) => {
    const isMembership =
      voters.length > 0 &&
      isRising(voters) &&
      isRising(learners) &&
      !voters.some((id) => learners.includes(id));
    if (!isMembership)
      throw new FormatError('a membership names voters and learners by rising id, each once');
    const members = [...voters, ...learners].toSorted((a, b) => a - b);
    const named = disks.map(({ replica }) => replica);
    const isAllOrNone =
      named.length === 0 || (named.length === members.length && named.every((id, at) => id === members[at]));
    if (!isAllOrNone)
      throw new FormatError('a membership names the disks of all members by rising id, or of none');
    return Membership.of(voters, learners, new Map(disks.map(({ replica, disk }) => [replica, disk])));
  },
);
