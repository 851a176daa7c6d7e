import { SCAN_LIMIT } from '../../src/kv/index.ts';
import type { Document, KeySplit } from '../../src/mapreduce/index.ts';
import type { Router } from '../router.ts';

/** The platform allows six connections a request. */
const SCANS_AT_ONCE = 6;

/** Every key of a split with its value, which is taken for UTF-8. Each page is read as it is at that moment. */
export async function* scanSplit(store: Router, { prefix, shard }: KeySplit): AsyncGenerator<Document, void> {
  let after = '';
  for (;;) {
    const page = await store.scan({ type: 'scan', shard, prefix, after, rowsMax: SCAN_LIMIT.rowsMax });
    if (page.type !== 'scanned') throw new Error(`shard ${shard} cannot be read: ${page.type}`);
    for (const { key, value } of page.rows) {
      yield { name: key, contents: new TextDecoder().decode(value), offset: 0, bytes: value.length };
      after = key;
    }
    if (page.done) return;
  }
}

/** The shards that have a key with this prefix. A shard that cannot be asked just now may have one. */
export async function shardsWith(
  store: Router,
  shardCount: number,
  prefix: string,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let from = 0; from < shardCount; from += SCANS_AT_ONCE) {
    const shards = Array.from({ length: Math.min(SCANS_AT_ONCE, shardCount - from) }, (_, at) => from + at);
    const pages = await Promise.all(
      shards.map((shard) => store.scan({ type: 'scan', shard, prefix, after: '', rowsMax: 1 })),
    );
    for (const [at, page] of pages.entries()) {
      if (page.type !== 'scanned' || page.rows.length > 0) found.push(from + at);
    }
  }
  return found;
}
