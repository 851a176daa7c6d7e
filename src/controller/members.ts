/**
 * How far each group has come with the configurations: what a group has not finished with is kept. A group is known from
 * its first join until it has left, has finished with that, and nobody else needs a configuration which names it.
 *
 * controller.M1  The configuration with the number `neededFrom`, and all after it, are kept.
 */
import { Codec, type Described, natural, optional, tuple } from '../codec/index.ts';
import { asGroupId, type Configuration, type GroupId } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';

const member = tuple({
  /** It needs no configuration below this number. */
  settled: natural,
  /** The configuration that took it away, if one did. */
  left: optional(natural),
});
type Member = Described<typeof member>;

export const CONTROLLER_MEMBER: Codec<Member> = new Codec('how far a group has come', member, 3);

const MEMBER_ROWS = { from: 'member/', to: 'member0' };
const EVERYTHING = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };

const memberRow = (group: GroupId): string => `${MEMBER_ROWS.from}${group.toString().padStart(16, '0')}`;

/** Whether this code can read a row about a group, if it is one. */
export function readsMemberRow(key: string, value: Uint8Array): boolean {
  return !key.startsWith(MEMBER_ROWS.from) || CONTROLLER_MEMBER.tryDecode(value) !== undefined;
}

function readMember(table: TableReader, group: GroupId): Member | undefined {
  const row = table.get(memberRow(group));
  return row && CONTROLLER_MEMBER.decode(row);
}

function readMembers(table: TableReader): readonly (readonly [GroupId, Member])[] {
  return table
    .scan(MEMBER_ROWS, EVERYTHING)
    .map(({ key, value }) => [
      asGroupId(Number(key.slice(MEMBER_ROWS.from.length))),
      CONTROLLER_MEMBER.decode(value),
    ]);
}

export function isKnown(table: TableReader, group: GroupId): boolean {
  return readMember(table, group) !== undefined;
}

/** What `after` makes of those that `before` had. */
export function followMembers(table: Table, before: Configuration, after: Configuration): void {
  for (const group of after.groups.keys()) {
    if (before.groups.has(group)) continue;
    const known = readMember(table, group);
    // One that is not done with its last stay goes on from there.
    const settled = known !== undefined && !isDone(known) ? known.settled : before.number;
    table.put(memberRow(group), CONTROLLER_MEMBER.encode({ settled, left: undefined }));
  }
  for (const group of before.groups.keys()) {
    const known = after.groups.has(group) ? undefined : readMember(table, group);
    if (known === undefined) continue;
    table.put(memberRow(group), CONTROLLER_MEMBER.encode({ ...known, left: after.number }));
  }
  for (const group of after.lost) if (!before.lost.includes(group)) table.delete(memberRow(group));
}

/** Of a group that nobody knows, nothing is noted. */
export function noteSettled(table: Table, group: GroupId, number: number): void {
  const known = readMember(table, group);
  if (known === undefined || known.settled >= number) return;
  table.put(memberRow(group), CONTROLLER_MEMBER.encode({ ...known, settled: number }));
}

/** `latest` if nobody needs an earlier one. */
export function neededFrom(table: TableReader, latest: number): number {
  const waiting = readMembers(table).flatMap(([, known]) => (isDone(known) ? [] : [known.settled]));
  return Math.min(latest, ...waiting);
}

/** Whether every group of the configuration has finished with it. */
export function haveAllSettled(table: TableReader, { number, groups }: Configuration): boolean {
  return [...groups.keys()].every((group) => (readMember(table, group)?.settled ?? 0) >= number);
}

/** Forgets who left, and is named by no configuration from `oldest` on. */
export function forgetMembers(table: Table, oldest: number): void {
  for (const [group, known] of readMembers(table)) {
    if (isDone(known) && known.left !== undefined && known.left <= oldest) table.delete(memberRow(group));
  }
}

function isDone({ settled, left }: Member): boolean {
  return left !== undefined && settled >= left;
}
