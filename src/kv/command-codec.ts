import type { Command, SessionCommand } from './command.ts';
import { decodeMessage, encodeMessage, type Field, isCount } from './fields.ts';

/** What a client sends, and what the log holds. */
export function encodeCommand({ session, command }: SessionCommand): Uint8Array {
  return encodeMessage([session.client, session.sequence, ...commandFields(command)]);
}

/** Undefined when the bytes are of an unknown format, or not a command at all. */
export function decodeCommand(bytes: Uint8Array): SessionCommand | undefined {
  const [client, sequence, ...fields] = decodeMessage(bytes) ?? [];
  if (typeof client !== 'string' || !isCount(sequence)) return undefined;
  const command = readCommand(fields);
  return command && { session: { client, sequence }, command };
}

export function commandFields(command: Command): readonly Field[] {
  const { type, key } = command;
  return type === 'delete' ? [type, key] : [type, key, command.value];
}

function readCommand(fields: readonly unknown[]): Command | undefined {
  const [type, key, value] = fields;
  if (typeof key !== 'string') return undefined;
  switch (type) {
    case 'put':
    case 'append':
      return fields.length === 3 && value instanceof Uint8Array ? { type, key, value } : undefined;
    case 'delete':
      return fields.length === 2 ? { type, key } : undefined;
    default:
      return undefined;
  }
}
