import { compareKeys } from './keys.ts';
import type { KeyRange } from './table.ts';

/**
 * A map that can also be walked in key order. The order is made at the first walk and kept up to date from then on,
 * so that a map which nobody walks costs no more than a map.
 */
export class SortedRows<Value> {
  readonly #rows: Map<string, Value>;
  #keys: string[] | undefined;

  constructor(rows: Iterable<readonly [string, Value]> = []) {
    this.#rows = new Map(rows);
  }

  get map(): ReadonlyMap<string, Value> {
    return this.#rows;
  }

  get(key: string): Value | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  set(key: string, value: Value): void {
    if (this.#keys !== undefined && !this.#rows.has(key)) {
      this.#keys.splice(firstAtOrAfter(this.#keys, key), 0, key);
    }
    this.#rows.set(key, value);
  }

  delete(key: string): void {
    if (this.#rows.delete(key) && this.#keys !== undefined) {
      this.#keys.splice(firstAtOrAfter(this.#keys, key), 1);
    }
  }

  /** Must be walked before the map changes again. */
  *entries(range: KeyRange): Generator<readonly [string, Value], void> {
    this.#keys ??= [...this.#rows.keys()].sort(compareKeys);
    const keys = this.#keys;
    for (let at = firstAtOrAfter(keys, range.from); at < keys.length; at += 1) {
      const key = keys[at];
      if (key === undefined || (range.to !== undefined && compareKeys(key, range.to) >= 0)) return;
      // The key is there, so what `get` answers is a Value, even where that type allows undefined.
      yield [key, this.#rows.get(key) as Value];
    }
  }
}

function firstAtOrAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = keys[middle];
    if (candidate !== undefined && compareKeys(candidate, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
