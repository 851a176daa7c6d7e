import type { Row, RowChanges } from '../../src/storage/index.ts';

const PRIME = 0x01000193;

/** A number for the content of a table, kept up to date with each change. Two tables with the same rows have the same. */
export class StateDigest {
  readonly #rows = new Map<string, number>();
  #digest = 0;

  constructor(rows: readonly Row[]) {
    for (const { key, value } of rows) this.#set(key, value);
  }

  get value(): number {
    return this.#digest;
  }

  change(changes: RowChanges): void {
    for (const [key, value] of changes) this.#set(key, value);
  }

  #set(key: string, value: Uint8Array | undefined): void {
    this.#digest ^= this.#rows.get(key) ?? 0;
    if (value === undefined) {
      this.#rows.delete(key);
      return;
    }
    const hash = hashOf(key, value);
    this.#rows.set(key, hash);
    this.#digest ^= hash;
  }
}

function hashOf(key: string, value: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), PRIME);
  for (const byte of value) hash = Math.imul(hash ^ byte, PRIME);
  // The sum of rows is an exclusive or: without a last mixing, rows that differ alike would cancel out.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
