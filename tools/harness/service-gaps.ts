/**
 * The longest time between two acknowledgements that follow one another, of those pairs that end after `fromMs` and
 * begin before `toMs`. `acknowledgedMs` is in ascending order. During it, no client was served.
 */
export function longestGapMs(
  acknowledgedMs: readonly number[],
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): number {
  let longestMs = 0;
  for (const [position, endMs] of acknowledgedMs.entries()) {
    const beginMs = acknowledgedMs[position - 1];
    if (beginMs === undefined || endMs <= fromMs || beginMs >= toMs) continue;
    longestMs = Math.max(longestMs, endMs - beginMs);
  }
  return longestMs;
}
