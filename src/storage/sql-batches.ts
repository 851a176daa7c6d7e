import { STATEMENT_PARAMETERS_MAX } from './limits.ts';
import type { SqlPort, SqlRow } from './sql-port.ts';

/**
 * Runs a statement over many rows in as few steps as the limit of bound parameters allows. `statement` gets the list
 * of placeholders, "(?,?),(?,?)", and must have no parameters beside it.
 */
export function runInBatches(
  port: SqlPort,
  statement: (rows: string) => string,
  rows: readonly SqlRow[],
): void {
  const columns = rows[0]?.length ?? 1;
  const rowsMax = Math.floor(STATEMENT_PARAMETERS_MAX / columns);
  const placeholders = `(${Array.from({ length: columns }, () => '?').join(',')})`;
  for (let at = 0; at < rows.length; at += rowsMax) {
    const batch = rows.slice(at, at + rowsMax);
    const list = Array.from(batch, () => placeholders).join(',');
    port.query(statement(list), ...batch.flat());
  }
}
