/** What operations take, of all replicas and of the router. */
export interface Tally {
  /** Between objects, and from the router to an object: what the platform bills as a request. */
  readonly calls: number;
  /** Both ways. */
  readonly callBytes: number;
  /** Rows as they are billed: also for the place of a new row in an index. */
  readonly logRows: number;
  readonly stateRows: number;
  /** Of all tables. */
  readonly deletedRows: number;
  readonly otherRows: number;
  readonly statements: number;
  /** Times that something was waited for until it was durable. */
  readonly flushes: number;
}

export const NOTHING: Tally = {
  calls: 0,
  callBytes: 0,
  logRows: 0,
  stateRows: 0,
  deletedRows: 0,
  otherRows: 0,
  statements: 0,
  flushes: 0,
};

const NAMES = Object.keys(NOTHING) as readonly (keyof Tally)[];

export function addTo(sum: Tally, other: Tally): Tally {
  return each((name) => sum[name] + other[name]);
}

/** What one of `operations` has taken, between two tallies. */
export function perOperation(before: Tally, after: Tally, operations: number): Tally {
  return each((name) => (after[name] - before[name]) / operations);
}

export function billedRows({ logRows, stateRows, deletedRows, otherRows }: Tally): number {
  return logRows + stateRows + deletedRows + otherRows;
}

function each(countOf: (name: keyof Tally) => number): Tally {
  return Object.fromEntries(NAMES.map((name) => [name, countOf(name)])) as unknown as Tally;
}
