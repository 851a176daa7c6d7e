import type { ReplicaDisk } from './replica-storage.ts';

/**
 * Asks the disk to flush only where something was written since it did. A promise of the disk costs as much as a small
 * write, and a read confirmed by those who write nothing asks for one at each of them.
 *
 * storage.F1  `flush` calls back once all that was written before it is durable, in order, as the disk does. It may call
 *     back before it returns: what is durable already has nothing to wait for.
 */
export class FlushWatch {
  readonly #disk: Pick<ReplicaDisk, 'flush'>;
  #writes = 0;
  #durableWrites = 0;
  #underWay = 0;

  constructor(disk: Pick<ReplicaDisk, 'flush'>) {
    this.#disk = disk;
  }

  wrote(): void {
    this.#writes += 1;
  }

  flush(onDurable: () => void): void {
    const writes = this.#writes;
    if (this.#durableWrites === writes && this.#underWay === 0) return onDurable();
    this.#underWay += 1;
    this.#disk.flush(() => {
      this.#underWay -= 1;
      this.#durableWrites = writes;
      onDurable();
    });
  }
}
