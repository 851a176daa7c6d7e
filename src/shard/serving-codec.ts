/** What groups say to each other about a shard that moves: CBOR arrays, the number of the format first. */

import { decode, encode } from 'cborg';
import { asShardId } from './configuration.ts';
import type { ShardAnswer, ShardRequest } from './shard-serving.ts';
import { decodePart, encodePart } from './store-command.ts';

const FORMAT = 2;

export function encodeShardRequest(request: ShardRequest): Uint8Array {
  const { type, shard, configuration } = request;
  return encode([FORMAT, type, shard, configuration, ...fieldsOf(request)]);
}

/** Undefined when this code does not know the bytes. */
export function decodeShardRequest(bytes: Uint8Array): ShardRequest | undefined {
  const [format, type, number, configuration, ...fields] = decode(bytes);
  if (format !== FORMAT) return undefined;
  const shard = asShardId(number);
  switch (type) {
    case 'rows': {
      const [cursor, bytesMax] = fields;
      return { type, shard, configuration, cursor, bytesMax };
    }
    case 'changes': {
      const [after, freeze, bytesMax] = fields;
      return { type, shard, configuration, after, freeze, bytesMax };
    }
    case 'release':
      return { type, shard, configuration };
    default:
      return undefined;
  }
}

export function encodeShardAnswer(answer: ShardAnswer): Uint8Array {
  return encode(
    answer.type === 'part' ? [FORMAT, answer.type, encodePart(answer.part)] : [FORMAT, answer.type],
  );
}

/** Undefined when this code does not know the bytes. */
export function decodeShardAnswer(bytes: Uint8Array): ShardAnswer | undefined {
  const [format, type, part] = decode(bytes);
  if (format !== FORMAT) return undefined;
  switch (type) {
    case 'part':
      return { type, part: decodePart(part) };
    case 'released':
    case 'not-now':
      return { type };
    default:
      return undefined;
  }
}

function fieldsOf(request: ShardRequest): readonly unknown[] {
  switch (request.type) {
    case 'rows':
      return [request.cursor, request.bytesMax];
    case 'changes':
      return [request.after, request.freeze, request.bytesMax];
    case 'release':
      return [];
  }
}
