/** Who is where just now, of the workers of one job. Forgotten in a crash, as whoever waits there hears. */
export class MeetingPlaces {
  readonly #present = new Map<string, Set<string>>();

  /** Counts half-way, when everybody who came at about the same time is there. */
  async meet(place: string, worker: string, ms: number): Promise<number> {
    const present = this.#present.get(place) ?? new Set();
    this.#present.set(place, present.add(worker));
    await scheduler.wait(ms / 2);
    const together = present.size;
    await scheduler.wait(ms / 2);
    present.delete(worker);
    return together;
  }
}
