import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** A turn that has changed as many bytes of rows as it may executes no further command (replica.X2). */
export class TurnBytes implements Invariant {
  readonly name = 'turn bytes';
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  check(observation: Observation): string | undefined {
    if (observation.type !== 'executed' || observation.changedBytes < this.#bytesMax) return undefined;
    const { life, changedBytes } = observation;
    return `replica ${life.replica} goes on in a turn that has changed ${changedBytes} bytes, and may ${this.#bytesMax}`;
  }
}
