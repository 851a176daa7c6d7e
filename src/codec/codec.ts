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
  readonly shape: Shape<Value>;
  readonly #formatOf: (value: Value) => number;

  /** `format`: of all values, or of each, where new kinds of values come with new numbers. */
  constructor(what: string, shape: Shape<Value>, format: number | ((value: Value) => number)) {
    this.what = what;
    this.shape = shape;
    this.#formatOf = typeof format === 'number' ? () => format : format;
  }

  encode(value: Value): Uint8Array {
    return encodeItem(this.shape.pack(value), [this.#formatOf(value)]);
  }

  /** Throws `FormatError`. */
  decode(bytes: Uint8Array): Value {
    const format = bytes[0];
    if (format === undefined) throw new FormatError(`${this.what}: no bytes`);
    try {
      const value = this.shape.unpack(decodeItem(bytes, 1));
      if (this.#formatOf(value) !== format) throw new FormatError('it is another format');
      return value;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`${this.what} of format ${format} is unknown to this code: ${error.message}`);
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
