import { unreachable } from '../protocol/index.ts';
import type { CommandResult, QueryResult, Refusal, Reply } from './command.ts';
import { decodeMessage, encodeMessage, type Field, isCount } from './fields.ts';

export function encodeResult(result: CommandResult | QueryResult): Uint8Array {
  return encodeMessage(resultFields(result));
}

/** Undefined when the bytes are of an unknown format, or not the result of a command. */
export function decodeCommandResult(bytes: Uint8Array): CommandResult | undefined {
  const fields = decodeMessage(bytes) ?? [];
  return readReply(fields) ?? readRefusal(fields);
}

/** Undefined when the bytes are of an unknown format, or not the result of a query. */
export function decodeQueryResult(bytes: Uint8Array): QueryResult | undefined {
  const fields = decodeMessage(bytes) ?? [];
  const [type, version, value] = fields;
  if (type === 'absent' && fields.length === 1) return { type };
  const isFound = type === 'found' && fields.length === 3 && isCount(version) && value instanceof Uint8Array;
  return isFound ? { type, version, value } : undefined;
}

export function resultFields(result: CommandResult | QueryResult): readonly Field[] {
  switch (result.type) {
    case 'written':
      return [result.type, result.version];
    case 'appended':
      return [result.type, result.version, result.previous];
    case 'deleted':
      return [result.type, result.version, result.existed];
    case 'found':
      return [result.type, result.version, result.value];
    case 'value-too-large':
    case 'key-too-long':
      return [result.type, result.bytesMax];
    case 'sequence-stale':
      return [result.type, result.last];
    case 'session-expired':
      return [result.type, result.timeMs];
    case 'key-malformed':
    case 'sequence-reused':
    case 'session-malformed':
    case 'absent':
      return [result.type];
    default:
      return unreachable(result);
  }
}

export function readReply(fields: readonly unknown[]): Reply | undefined {
  const [type, number, detail, ...rest] = fields;
  if (type === 'key-malformed' && fields.length === 1) return { type };
  if (!isCount(number) || rest.length > 0) return undefined;
  switch (type) {
    case 'written':
      return fields.length === 2 ? { type, version: number } : undefined;
    case 'appended':
      if (fields.length !== 3) return undefined;
      if (detail === null) return { type, version: number, previous: undefined };
      return detail instanceof Uint8Array ? { type, version: number, previous: detail } : undefined;
    case 'deleted':
      return typeof detail === 'boolean' ? { type, version: number, existed: detail } : undefined;
    case 'value-too-large':
    case 'key-too-long':
      return fields.length === 2 ? { type, bytesMax: number } : undefined;
    default:
      return undefined;
  }
}

function readRefusal(fields: readonly unknown[]): Refusal | undefined {
  const [type, number] = fields;
  switch (type) {
    case 'sequence-reused':
    case 'session-malformed':
      return fields.length === 1 ? { type } : undefined;
    case 'sequence-stale':
      return fields.length === 2 && isCount(number) ? { type, last: number } : undefined;
    case 'session-expired':
      return fields.length === 2 && isCount(number) ? { type, timeMs: number } : undefined;
    default:
      return undefined;
  }
}
