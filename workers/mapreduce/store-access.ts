/** What a job needs of the store. */
import { SCAN_LIMIT, type ScanResult } from '../../src/kv/index.ts';
import type { Env } from '../env.ts';
import { Gateway } from '../gateway/gateway.ts';

export interface StoreAccess {
  /** A page of the keys of a shard that begin so. Throws when the shard cannot be read just now. */
  scan(shard: number, prefix: string, after: string, rowsMax?: number): Promise<ScanResult>;
  /** Throws when nobody knows that it is written. */
  write(key: string, value: Uint8Array): Promise<void>;
}

export function storeAccess(env: Env): StoreAccess {
  const gateway = new Gateway(env);
  return {
    scan: async (shard, prefix, after, rowsMax = SCAN_LIMIT.rowsMax) => {
      const page = await gateway.run(gateway.store.scan({ type: 'scan', shard, prefix, after, rowsMax }));
      if (page.type === 'failed') throw new Error(`shard ${shard} cannot be read: ${page.reason}`);
      return page.result;
    },
    write: async (key, value) => {
      const outcome = await gateway.run(gateway.store.write({ type: 'put', key, value }));
      const written = outcome.type === 'answered' && outcome.result.type === 'written';
      if (!written) throw new Error(`${JSON.stringify(key)} cannot be written: ${JSON.stringify(outcome)}`);
    },
  };
}
