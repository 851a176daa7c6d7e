/** What is on a disk is not what was written there: how it is noticed, and what follows. */

import { checksum, encodeText } from '../codec/index.ts';

/** Nothing that the disk says can be believed any more, and a replica that forgot a part of it must not vote. */
export class DamagedDiskError extends Error {
  override readonly name = 'DamagedDiskError';
}

/** Of a row under a key. A row that is found under another's key has the wrong one. */
export function rowChecksum(key: Uint8Array, value: Uint8Array): number {
  return checksum(value, checksum(key));
}

/** What kind of row it is: a shard and a letter, or a path. The rest of a key is a user's. */
const KIND = /^(?:[0-9a-f]{4}[a-z]|(?:[a-z]+\/)+)/;

/** Throws unless the row is as it was written. `stored`: the checksum that lies beside it. */
export function assertSound(table: string, key: string, value: Uint8Array, stored: unknown): void {
  if (rowChecksum(encodeText(key), value) !== stored) throw damagedRow(table, key);
}

export function damagedRow(table: string, key: string): DamagedDiskError {
  const kind = KIND.exec(key)?.[0] ?? '';
  return new DamagedDiskError(`a row ${JSON.stringify(`${kind}…`)} of table ${table} has a wrong checksum`);
}

/** Passes calls on until one finds damage; from then on every call fails as that one did. */
export class DamageWatch {
  readonly #onDamage: (damage: DamagedDiskError) => void;
  #damage: DamagedDiskError | undefined;

  constructor(onDamage: (damage: DamagedDiskError) => void) {
    this.#onDamage = onDamage;
  }

  run<Result>(use: () => Result): Result {
    if (this.#damage !== undefined) throw this.#damage;
    try {
      return use();
    } catch (error) {
      if (error instanceof DamagedDiskError && this.#damage === undefined) {
        this.#damage = error;
        this.#onDamage(error);
      }
      throw error;
    }
  }
}
