/** Machines' clocks are set back now and then; for whoever measures how long something takes, that must not happen. */
export class WallClock {
  #latestMs = 0;

  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, Date.now());
    return this.#latestMs;
  }
}
