import { invariant } from '../raft/index.ts';
import { diskError, type SqlPort, type SqlRow, type SqlValue, type Synchronous } from './sql-port.ts';

/** The part of a Durable Object's `ctx.storage` that is used: a shape, so that nothing here needs the runtime's types. */
export interface DurableObjectSqlStorage {
  readonly sql: {
    exec(
      sql: string,
      ...parameters: (string | number | null | Uint8Array)[]
    ): { raw(): Iterable<readonly unknown[]> };
  };
  transactionSync<Result>(callback: () => Result): Result;
}

export function durableObjectSqlPort(storage: DurableObjectSqlStorage): SqlPort {
  return {
    query(sql: string, ...parameters: readonly SqlValue[]): readonly SqlRow[] {
      try {
        return Array.from(storage.sql.exec(sql, ...parameters).raw(), (row) => row.map(toSqlValue));
      } catch (error) {
        throw diskError(error);
      }
    },
    transaction<Result>(callback: () => Synchronous<Result>): Result {
      // The callback is not async, so that Synchronous<Result> is Result.
      try {
        return storage.transactionSync(callback) as Result;
      } catch (error) {
        throw diskError(error);
      }
    },
  };
}

function toSqlValue(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  invariant(
    value === null || typeof value === 'string' || typeof value === 'number',
    `SQLite answered with a value of type ${typeof value}`,
  );
  return value;
}
