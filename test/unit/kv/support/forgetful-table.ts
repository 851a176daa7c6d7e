import type { Row, Table } from '../../../../src/storage/index.ts';

/** A planted bug: a replica that does not keep some of its rows, as one whose snapshots lack them. */
export function forgetfulTable(table: Table, forgets: (row: Pick<Row, 'key'>) => boolean): Table {
  return {
    get: (key) => table.get(key),
    scan: (range, limit) => table.scan(range, limit),
    keys: (range, limit) => table.keys(range, limit),
    put: (key, value) => {
      if (!forgets({ key })) table.put(key, value);
    },
    delete: (key) => table.delete(key),
  };
}
