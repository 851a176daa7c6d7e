/**
 * Results in the order of their operations, until they are taken.
 *
 * The text of a result may come before those of results in front of it; it waits for them.
 */

/** One operation's place. */
export interface Place {
  readonly number: number;
  text: string | undefined;
  /** Of the text in UTF-8. */
  textBytes: number;
}

export interface Taken {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** So much is handed on at a time, and one result at least. */
const TAKEN_BYTES_MAX = 64 * 1024;
/** Places that were left are dropped together. */
const LEFT_MAX = 1024;

export class ResultQueue {
  #places: Place[] = [];
  #left = 0;
  #next = 0;

  /** Operations whose results were not taken yet. */
  get count(): number {
    return this.#places.length - this.#left;
  }

  get first(): Place | undefined {
    return this.#places[this.#left];
  }

  add(): Place {
    const place: Place = { number: this.#next, text: undefined, textBytes: 0 };
    this.#next += 1;
    this.#places.push(place);
    return place;
  }

  /** Those that are next, as far as they are there. */
  take(): Taken {
    const texts: string[] = [];
    let bytes = 0;
    for (let { first } = this; first?.text !== undefined; { first } = this) {
      if (bytes > 0 && bytes + first.textBytes > TAKEN_BYTES_MAX) break;
      texts.push(first.text);
      bytes += first.textBytes;
      this.#left += 1;
    }
    if (this.#left === this.#places.length || this.#left >= LEFT_MAX) {
      this.#places = this.#places.slice(this.#left);
      this.#left = 0;
    }
    return { texts, bytes };
  }

  clear(): void {
    this.#places = [];
    this.#left = 0;
  }
}
