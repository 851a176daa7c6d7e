/**
 * A format: a number, and the shape of what follows it. Logs, disks and messages outlive the code that wrote them, and a
 * rollout mixes versions, so all bytes begin with the number of their format: one byte, then the value in CBOR.
 *
 * codec.F1  A value has one encoding, and bytes are taken only if they are the encoding of a value.
 * codec.F2  An unknown number is refused with words, and never guessed.
 */

import { decodeItem, encodeItem } from './cbor.ts';
import { FormatError } from './format-error.ts';
import type { Shape } from './shapes.ts';

export class Codec<Value> {
  /** What the bytes are, for messages. */
  readonly what: string;
  readonly format: number;
  readonly shape: Shape<Value>;

  constructor(what: string, format: number, shape: Shape<Value>) {
    this.what = what;
    this.format = format;
    this.shape = shape;
  }

  encode(value: Value): Uint8Array {
    const body = encodeItem(this.shape.pack(value));
    const bytes = new Uint8Array(1 + body.length);
    bytes[0] = this.format;
    bytes.set(body, 1);
    return bytes;
  }

  /** Throws `FormatError`. */
  decode(bytes: Uint8Array): Value {
    if (bytes[0] !== this.format) {
      throw new FormatError(`${this.what}: format ${bytes[0]} is unknown; this code knows ${this.format}`);
    }
    try {
      return this.shape.unpack(decodeItem(bytes.subarray(1)));
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`${this.what}: ${error.message}`);
      throw error;
    }
  }

  /** Undefined instead of `FormatError`, for those who answer a stranger. */
  tryDecode(bytes: Uint8Array): Value | undefined {
    try {
      return this.decode(bytes);
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }
}
