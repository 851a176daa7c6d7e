/**
 * What clients may have done to a key: one entry for each operation, with its fields, how it is executed, and what it
 * replies. Everything else about operations follows from this table.
 */

import {
  bytes,
  type Described,
  encodeVersionedValue,
  type Fields,
  flag,
  natural,
  type Shape,
  text,
  union,
  type VariantsOf,
  type VersionedValue,
} from '../codec/index.ts';
import type { KvSettings } from './limits.ts';

/** The row of the key that a command names. */
export interface Cell {
  /** Of what is written. A reply without a version has changed nothing. */
  readonly version: number;
  readonly settings: KvSettings;
  read(): VersionedValue | undefined;
  exists(): boolean;
  write(row: Uint8Array): void;
  remove(): void;
}

/** What each operation may reply besides its own replies; nothing is written then. */
const COMMON_REPLIES = {
  /** The value to be stored would be longer than `bytesMax`. */
  'value-too-large': { bytesMax: natural },
  /** The key is longer than `bytesMax` in UTF-8. */
  'key-too-long': { bytesMax: natural },
  /** The key is empty, "." or "..", or holds half of a surrogate pair. */
  'key-malformed': {},
} as const;

type CommonReply = VariantsOf<typeof COMMON_REPLIES>;

/** What was under a key before. */
const previous = union({
  absent: {},
  present: { value: bytes },
  /** The call was executed before, and what it replaced was too large to be kept for a resend. */
  'not-kept': {},
});
const ABSENT = { type: 'absent' } as const;
const NOT_KEPT = { type: 'not-kept' } as const;

interface Operation<Named extends Fields, Replies extends Readonly<Record<string, Fields>>> {
  /** Rises when older code would misunderstand the bytes of this operation. */
  readonly format: number;
  readonly fields: Named;
  readonly replies: Replies;
  readonly execute: (
    command: { readonly [Name in keyof Named]: Described<Named[Name]> },
    cell: Cell,
  ) => VariantsOf<Replies> | CommonReply;
}

function operation<Named extends Fields, Replies extends Readonly<Record<string, Fields>>>(
  described: Operation<Named, Replies>,
): Operation<Named, Replies> {
  return described;
}

const OPERATIONS = {
  put: operation({
    format: 1,
    fields: { key: text, value: bytes },
    replies: { written: { version: natural } },
    execute({ value }, { version, settings, write }) {
      if (value.length > settings.valueBytesMax) return tooLarge(settings);
      write(encodeVersionedValue(version, [value]));
      return { type: 'written', version };
    },
  }),
  append: operation({
    format: 1,
    fields: { key: text, value: bytes },
    replies: {
      appended: {
        version: natural,
        /** Bytes of the value that the append has made. */
        length: natural,
        previous,
      },
    },
    execute({ value }, { version, settings, read, write }) {
      const before = read()?.value;
      const length = (before?.length ?? 0) + value.length;
      if (length > settings.valueBytesMax) return tooLarge(settings);
      write(encodeVersionedValue(version, before ? [before, value] : [value]));
      const previous = before ? ({ type: 'present', value: before } as const) : ABSENT;
      return { type: 'appended', version, length, previous };
    },
  }),
  delete: operation({
    format: 1,
    fields: { key: text },
    replies: { deleted: { version: natural, existed: flag } },
    execute(_, { version, exists, remove }) {
      const existed = exists();
      if (existed) remove();
      return { type: 'deleted', version, existed };
    },
  }),
} as const;

type Operations = typeof OPERATIONS;
type RepliesOf<Each> = Each extends {
  readonly replies: infer Replies extends Readonly<Record<string, Fields>>;
}
  ? VariantsOf<Replies>
  : never;

export type Command = VariantsOf<{ readonly [Type in keyof Operations]: Operations[Type]['fields'] }>;

/** The outcome of executing a command. `keptReply` of it is recorded, and a resend gets that. */
export type CommandReply = RepliesOf<Operations[keyof Operations]> | CommonReply;

const described = Object.entries<{
  readonly fields: Fields;
  readonly replies: Readonly<Record<string, Fields>>;
}>(OPERATIONS);

export const command = union(
  Object.fromEntries(described.map(([type, { fields }]) => [type, fields])),
) as Shape<Command>;

export const COMMAND_REPLIES: Readonly<Record<string, Fields>> = Object.assign(
  {},
  COMMON_REPLIES,
  ...described.map(([, { replies }]) => replies),
);

export const commandReply = union(COMMAND_REPLIES) as Shape<CommandReply>;

export function formatOf({ type }: Command): number {
  return OPERATIONS[type].format;
}

export function execute(command: Command, cell: Cell): CommandReply {
  // The type of the command chooses the operation whose fields it has.
  return OPERATIONS[command.type].execute(command as never, cell);
}

/** What a shard keeps of a reply: version, length and outcome, and no value beyond the setting. */
export function keptReply(reply: CommandReply, { keptPreviousBytesMax }: KvSettings): CommandReply {
  const isLarge =
    reply.type === 'appended' &&
    reply.previous.type === 'present' &&
    reply.previous.value.length > keptPreviousBytesMax;
  return isLarge ? { ...reply, previous: NOT_KEPT } : reply;
}

function tooLarge({ valueBytesMax }: KvSettings): CommonReply {
  return { type: 'value-too-large', bytesMax: valueBytesMax };
}
