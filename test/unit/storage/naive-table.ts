import type { KeyRange, Row, ScanLimit } from '../../../src/storage/index.ts';

/** What a scan must answer, written down without a thought for speed; the order is that of the UTF-8 bytes. */
export function naiveScan(
  rows: ReadonlyMap<string, Uint8Array>,
  range: KeyRange,
  limit: ScanLimit,
): readonly Row[] {
  const sorted = [...rows]
    .map(([key, value]) => ({ key, value }))
    .filter(
      ({ key }) => byBytes(range.from, key) <= 0 && (range.to === undefined || byBytes(key, range.to) < 0),
    )
    .sort((left, right) => byBytes(left.key, right.key));
  let count = 0;
  let bytes = 0;
  for (const { key, value } of sorted) {
    bytes += new TextEncoder().encode(key).byteLength + value.byteLength;
    if (count > 0 && (count >= limit.rowsMax || bytes > limit.bytesMax)) break;
    count += 1;
  }
  return sorted.slice(0, count);
}

export function byBytes(left: string, right: string): number {
  const leftBytes = [...new TextEncoder().encode(left)];
  const rightBytes = [...new TextEncoder().encode(right)];
  for (const [at, byte] of leftBytes.entries()) {
    const other = rightBytes[at];
    if (other === undefined) return 1;
    if (byte !== other) return byte - other;
  }
  return leftBytes.length - rightBytes.length;
}
