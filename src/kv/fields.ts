import { decode, encode } from 'cborg';

/** Records and messages are CBOR arrays (RFC 8949) of these; undefined is written as null. */
export type Field = string | number | boolean | Uint8Array | undefined;

/** The form of all that `encodeMessage` makes. A message of any other format is refused, not guessed. */
const MESSAGE_FORMAT = 1;
const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false };

export function encodeFields(fields: readonly Field[]): Uint8Array {
  return encode(fields.map((field) => field ?? null));
}

/** Undefined when the bytes are not one CBOR array in its shortest form. */
export function decodeFields(bytes: Uint8Array): readonly unknown[] | undefined {
  try {
    const fields: unknown = decode(bytes, STRICT);
    return Array.isArray(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** As `encodeFields`, after a byte that names the format. */
export function encodeMessage(fields: readonly Field[]): Uint8Array {
  const body = encodeFields(fields);
  const message = new Uint8Array(1 + body.length);
  message[0] = MESSAGE_FORMAT;
  message.set(body, 1);
  return message;
}

export function decodeMessage(bytes: Uint8Array): readonly unknown[] | undefined {
  return bytes[0] === MESSAGE_FORMAT ? decodeFields(bytes.subarray(1)) : undefined;
}

export function isCount(field: unknown): field is number {
  return typeof field === 'number' && Number.isSafeInteger(field) && field >= 0;
}
