import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  diskError,
  type SqlPort,
  type SqlRow,
  type SqlValue,
  type Synchronous,
} from '../../src/storage/index.ts';

export interface NodeSqlite extends SqlPort {
  close(): void;
}

/** SQLite in this process, with the limits of a Durable Object that bind the code above. */
export function openNodeSqlite(path = ':memory:'): NodeSqlite {
  const database = new DatabaseSync(path);
  const statements = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    statements.set(sql, statement);
    return statement;
  }

  return {
    query(sql: string, ...parameters: readonly SqlValue[]): readonly SqlRow[] {
      if (parameters.length > 100) throw new Error(`too many SQL variables: ${parameters.length}`);
      // `setReturnArrays` makes `all` answer with arrays, which its type does not say.
      try {
        return prepared(sql).all(...parameters) as unknown as readonly SqlRow[];
      } catch (error) {
        throw diskError(error);
      }
    },
    transaction<Result>(callback: () => Synchronous<Result>): Result {
      try {
        database.exec('BEGIN IMMEDIATE');
        const result = callback();
        database.exec('COMMIT');
        return result as Result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw diskError(error);
      }
    },
    close(): void {
      database.close();
    },
  };
}
