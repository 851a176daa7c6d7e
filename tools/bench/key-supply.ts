/** Keys and values of a load. No value is ever the same as the one before: to write the same bytes again is no write. */

export class KeySupply {
  readonly #known: number;
  #fresh = 0;
  #written = 0;

  /** So many keys are known for each size of values. */
  constructor(known: number) {
    this.#known = known;
  }

  /** Never given before. */
  fresh(): string {
    this.#fresh += 1;
    return `new-${this.#fresh}`;
  }

  /** Different from those before, up to 10 to the power of its length. */
  value(bytes: number): Uint8Array {
    this.#written += 1;
    const value = Buffer.alloc(bytes, '.');
    value.write(String(this.#written).slice(-bytes));
    return value;
  }

  /** Any of those that were filled with values of this size. */
  known(valueBytes: number): string {
    return knownKey(valueBytes, Math.floor(Math.random() * this.#known));
  }

  allKnown(valueBytes: number): readonly string[] {
    return Array.from({ length: this.#known }, (_, number) => knownKey(valueBytes, number));
  }
}

export const HOT_KEY = 'hot';

function knownKey(valueBytes: number, number: number): string {
  return `known-${valueBytes}-${number}`;
}
