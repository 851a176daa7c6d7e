import { invariant } from '../raft/index.ts';
import { assertKey } from './keys.ts';

/** A Durable Object refuses a row above 2 MB. All storages do, so that a test on another one shows it. */
export const ROW_BYTES_MAX = 2_000_000;

/** Bound parameters of one statement in a Durable Object. */
export const STATEMENT_PARAMETERS_MAX = 100;

/** What a row carries beside its key and its value or payload, generously. */
const ROW_OVERHEAD_BYTES = 64;

/** Whether a table takes a row: for those who were sent it. */
export function rowFits(key: string, value: Uint8Array): boolean {
  return rowBytes(key, value) + ROW_OVERHEAD_BYTES <= ROW_BYTES_MAX;
}

/** Whoever fills a table checks its own, lower limits before; here a breach is a broken invariant. */
export function assertRow(key: string, value: Uint8Array): void {
  assertKey(key);
  assertRowBytes(rowBytes(key, value));
}

/** A UTF-16 unit takes at most three bytes. */
function rowBytes(key: string, value: Uint8Array): number {
  return 3 * key.length + value.byteLength;
}

export function assertRowBytes(bytes: number): void {
  invariant(
    bytes + ROW_OVERHEAD_BYTES <= ROW_BYTES_MAX,
    `a row of ${bytes} bytes is larger than ROW_BYTES_MAX (${ROW_BYTES_MAX})`,
  );
}
