import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { durableObjectSqlPort, SqlStorage, WriteBehind } from '../../src/storage/index.ts';
import { storeTurn } from '../unit/storage/replica-storage-suite.ts';
import { command, logId, MEMBERSHIP } from '../unit/storage/storage-model.ts';

/** Counts what the platform bills. */
async function withCounted(
  use: (storage: WriteBehind, rowsOf: (work: () => void) => number) => void,
): Promise<void> {
  const stub = env.KV_SERVER.get(env.KV_SERVER.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    const cursors: { readonly rowsWritten: number }[] = [];
    const port = durableObjectSqlPort({
      transactionSync: (callback) => storage.transactionSync(callback),
      sql: {
        exec: (sql, ...parameters) => {
          const cursor = storage.sql.exec(sql, ...parameters);
          cursors.push(cursor);
          return cursor;
        },
      },
    });
    for (const table of ['meta', 'log', 'state_0', 'large_0', 'state_1', 'large_1', 'preimage'])
      storage.sql.exec(`DROP TABLE IF EXISTS ${table}`);
    const written = () => cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
    const rowsOf = (work: () => void): number => {
      const before = written();
      work();
      return written() - before;
    };
    const storageBehind = new WriteBehind(new SqlStorage(port, { whenDurable: (onDurable) => onDurable() }));
    storageBehind.open(MEMBERSHIP);
    use(storageBehind, rowsOf);
  });
}

const put = (index: number, key: string) => ({
  ...storeTurn({ append: [command(index, 1, index)] }),
  applied: { through: logId(index, 1), changes: new Map([[key, Uint8Array.of(index)]]) },
});

test('what an entry is billed with is one row, in a new slot and in a free one; a checkpoint bills each small row once, be its key new or not', async () => {
  await withCounted((storage, rowsOf) => {
    for (let index = 1; index <= 10; index += 1) {
      expect(rowsOf(() => storage.write(put(index, `key-${index % 2}`)))).toBe(1);
    }
    // Two new keys, and the record.
    expect(rowsOf(() => storage.write(storeTurn({ compactThrough: logId(8, 1) })))).toBe(2 + 1);
    for (let index = 11; index <= 15; index += 1) {
      expect(rowsOf(() => storage.write(put(index, `key-${index % 2}`)))).toBe(1);
    }
    expect(rowsOf(() => storage.checkpoint())).toBe(2 + 1);
  });
});
