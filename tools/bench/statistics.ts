export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: percentile(sorted, 50), min: percentile(sorted, 0), max: percentile(sorted, 100) };
}

/** The nearest rank: a value that really occurred. `sorted` is ascending. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}

/** Median (least–greatest); of a single value only that. */
export function formatSpread({ median, min, max }: Spread, digits = 0): string {
  const [least, middle, greatest] = [min, median, max].map((value) => value.toFixed(digits));
  return min === max ? `${middle}` : `${middle} (${least}–${greatest})`;
}
