import type { ShardedStore, StoreAnswer, StoreQuery, StoreResult } from '../../../src/shard/index.ts';
import type { Table, TableReader } from '../../../src/storage/index.ts';

const EVERYTHING = { rowsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

/** The store that is tested; a test may look at the table that it answers from. */
export class InspectedStore {
  readonly #store: ShardedStore;
  #table: TableReader | undefined;

  constructor(store: ShardedStore) {
    this.#store = store;
  }

  apply(table: Table, command: Uint8Array, timeMs: number): StoreResult {
    return this.#store.apply(table, command, timeMs);
  }

  query(table: TableReader, query: StoreQuery): StoreAnswer {
    this.#table = table;
    return this.#store.query(table, query);
  }

  /** As of the last query. */
  rowKeys(): readonly string[] {
    const rows = this.#table?.scan({ from: '', to: undefined }, EVERYTHING) ?? [];
    return rows.map(({ key }) => key);
  }
}
