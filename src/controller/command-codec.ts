/**
 * Commands as bytes, the form in which the log holds them. A log entry that cannot be read stops every replica that
 * applies it, so whoever proposes bytes that are not from `encodeCommand` decodes them first.
 */
import { encode } from 'cborg';
import { unreachable } from '../protocol/index.ts';
import {
  asGroupId,
  asShardId,
  decodeStrictly,
  groupsFromPlain,
  groupsToPlain,
  listIn,
  naturalIn,
  textIn,
} from '../shard/index.ts';
import { FormatError } from '../storage/index.ts';
import type { Change, Command } from './commands.ts';

const FORMAT_VERSION = 1;

export function encodeCommand({ client, sequence, change }: Command): Uint8Array {
  return encode([FORMAT_VERSION, client, sequence, change.type, ...argumentsOf(change)]);
}

function argumentsOf(change: Change): readonly unknown[] {
  switch (change.type) {
    case 'join':
      return [groupsToPlain(change.groups)];
    case 'leave':
      return [change.groups];
    case 'move':
      return [change.shard, change.group];
    default:
      return unreachable(change);
  }
}

/** Throws `FormatError` on anything that `encodeCommand` of this version does not write. */
export function decodeCommand(bytes: Uint8Array): Command {
  const [version, client, sequence, type, ...rest] = listIn(decodeStrictly(bytes));
  if (version !== FORMAT_VERSION) throw new FormatError(`controller command of unknown version ${version}`);
  return { client: textIn(client), sequence: naturalIn(sequence), change: changeFrom(textIn(type), rest) };
}

function changeFrom(type: string, [first, second, ...rest]: readonly unknown[]): Change {
  if (rest.length > 0) throw new FormatError('controller command with unknown fields');
  switch (type) {
    case 'join':
      return { type, groups: groupsFromPlain(first) };
    case 'leave':
      return { type, groups: listIn(first).map((id) => asGroupId(naturalIn(id))) };
    case 'move':
      return { type, shard: asShardId(naturalIn(first)), group: asGroupId(naturalIn(second)) };
    default:
      throw new FormatError(`unknown controller command ${type}`);
  }
}
