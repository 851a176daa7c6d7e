/**
 * How many writes of a batch are under way in each shard. Each takes a session there, and a shard keeps so many: a batch
 * must not push out those of others.
 */
export class ShardLanes<Work> {
  readonly #atOnceMax: number;
  readonly #lanes = new Map<number, { underWay: number; readonly waiting: Work[] }>();

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Whether it may begin; else it waits, and `leave` gives it back. */
  enter(shard: number, work: Work): boolean {
    const lane = this.#lanes.get(shard) ?? { underWay: 0, waiting: [] };
    this.#lanes.set(shard, lane);
    if (lane.underWay >= this.#atOnceMax) {
      lane.waiting.push(work);
      return false;
    }
    lane.underWay += 1;
    return true;
  }

  /** One has ended; what is returned begins in its place. */
  leave(shard: number): Work | undefined {
    const lane = this.#lanes.get(shard);
    if (lane === undefined) return undefined;
    const next = lane.waiting.shift();
    if (next === undefined) lane.underWay -= 1;
    return next;
  }
}
