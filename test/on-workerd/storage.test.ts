import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { durableObjectSqlPort, openSqlTable, type SqlPort, SqlStorage } from '../../src/storage/index.ts';
import { replicaStorageSuite } from '../unit/storage/replica-storage-suite.ts';
import type { Host } from '../unit/storage/suite.ts';
import { tableSuite } from '../unit/storage/table-suite.ts';

/** The SQL of the object in which a test runs. */
let current: SqlPort | undefined;

const inDurableObject: Host = (body) =>
  runInDurableObject(env.KV_SERVER.get(env.KV_SERVER.newUniqueId()), (_, { storage }) => {
    current = durableObjectSqlPort(storage);
    body();
  });

/** A test may want several disks; one after the other, the object's own serves for all. */
function emptyPort(): SqlPort {
  if (current === undefined) throw new Error('storage is used outside an object');
  const tables = current.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  );
  for (const [table] of tables) current.query(`DROP TABLE ${table}`);
  return current;
}

replicaStorageSuite(
  'SqlStorage in a Durable Object',
  () => {
    const port = emptyPort();
    return { start: () => new SqlStorage(port, { whenDurable: (onDurable) => onDurable() }) };
  },
  inDurableObject,
);

tableSuite('a table in a Durable Object', () => openSqlTable(emptyPort()), inDurableObject);
