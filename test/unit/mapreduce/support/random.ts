import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const RESOLUTION = 1_000_000;

/** Everything random in a simulated job, from one seed. */
export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** At least 0, below 1. */
  part(): number {
    return this.upTo(RESOLUTION - 1) / RESOLUTION;
  }

  upTo(max: number): number {
    return uniformInt(this.#generator, 0, max);
  }

  chance(probability: number): boolean {
    return this.part() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.upTo(items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
