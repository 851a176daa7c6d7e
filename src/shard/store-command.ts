/**
 * What the log of a store group holds: clients' commands, in kv's own encoding, and what moves shards. The first byte
 * tells them apart: kv's formats begin with another one.
 */

import { decode, encode } from 'cborg';
import type { CommandResult, SessionCommand } from '../kv/index.ts';
import { decodeCommand } from '../kv/index.ts';
import {
  asShardId,
  type Configuration,
  decodeConfiguration,
  encodeConfiguration,
  type GroupId,
  type ShardId,
} from './configuration.ts';
import type { ShardPart } from './shard-copy.ts';

export type ShardCommand =
  /** Take the configuration that follows the present one. */
  | { readonly type: 'configure'; readonly configuration: Configuration }
  /** Stop serving a shard that leaves: the new owner has all but the last changes. */
  | { readonly type: 'freeze'; readonly shard: ShardId; readonly configuration: number }
  /** A part of a shard that arrives. */
  | {
      readonly type: 'install';
      readonly shard: ShardId;
      readonly configuration: number;
      readonly part: ShardPart;
    }
  /** The new owner has the shard: what is left here may go. */
  | { readonly type: 'release'; readonly shard: ShardId; readonly configuration: number }
  /** Remove some of what is left of a released shard. */
  | { readonly type: 'sweep'; readonly shard: ShardId }
  /** The old owner knows that it may delete. */
  | { readonly type: 'confirmed'; readonly shard: ShardId; readonly configuration: number };

export type StoreCommand = { readonly type: 'client'; readonly command: SessionCommand } | ShardCommand;

export type StoreResult =
  | CommandResult
  /** The command was obeyed, or had been before. */
  | { readonly type: 'done' }
  /** The state is not one in which the command makes sense; nothing was changed. */
  | { readonly type: 'not-now' }
  | WrongGroup;

/** The shard of the key is not served here. */
export interface WrongGroup {
  readonly type: 'wrong-group';
  /** The configuration that this group knows. */
  readonly configuration: number;
  /** Who serves it, as far as this group knows. */
  readonly owner: GroupId;
}

const SHARD_COMMAND_FORMAT = 0x80 + 3;

export function encodeShardCommand(command: ShardCommand): Uint8Array {
  const body = encode([command.type, ...fieldsOf(command)]);
  const bytes = new Uint8Array(1 + body.byteLength);
  bytes[0] = SHARD_COMMAND_FORMAT;
  bytes.set(body, 1);
  return bytes;
}

/** Undefined when this code does not know the bytes. */
export function decodeStoreCommand(bytes: Uint8Array): StoreCommand | undefined {
  if (bytes[0] !== SHARD_COMMAND_FORMAT) {
    const command = decodeCommand(bytes);
    return command && { type: 'client', command };
  }
  const [type, ...fields] = decode(bytes.subarray(1));
  switch (type) {
    case 'configure':
      return { type, configuration: decodeConfiguration(fields[0]) };
    case 'freeze':
    case 'release':
    case 'confirmed':
      return { type, shard: asShardId(fields[0]), configuration: fields[1] };
    case 'install':
      return { type, shard: asShardId(fields[0]), configuration: fields[1], part: decodePart(fields[2]) };
    case 'sweep':
      return { type, shard: asShardId(fields[0]) };
    default:
      return undefined;
  }
}

function fieldsOf(command: ShardCommand): readonly unknown[] {
  switch (command.type) {
    case 'configure':
      return [encodeConfiguration(command.configuration)];
    case 'freeze':
    case 'release':
    case 'confirmed':
      return [command.shard, command.configuration];
    case 'install':
      return [command.shard, command.configuration, encodePart(command.part)];
    case 'sweep':
      return [command.shard];
  }
}

export function encodePart(part: ShardPart): Uint8Array {
  return part.type === 'rows'
    ? encode([part.type, part.cursor, part.nextCursor, part.done, part.rows])
    : encode([part.type, part.after, part.through, part.caughtUp, part.final, part.rows]);
}

export function decodePart(bytes: Uint8Array): ShardPart {
  const [type, ...fields] = decode(bytes);
  if (type === 'rows') {
    const [cursor, nextCursor, done, rows] = fields;
    return { type, cursor, nextCursor, done, rows };
  }
  const [after, through, caughtUp, final, rows] = fields;
  return { type: 'changes', after, through, caughtUp, final, rows };
}
