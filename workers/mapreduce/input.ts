/** Where a job reads: objects of the bucket, or a part of the store. */
import { decodeLooseText } from '../../src/codec/index.ts';
import { SCAN_LIMIT } from '../../src/kv/index.ts';
import type { Document, InputObject, InputSource, KeySplit } from '../../src/mapreduce/index.ts';
import { callAll } from './calling.ts';
import type { StoreAccess } from './store-access.ts';

/** Which of the two it is, each split says. */
export function inputSource(bucket: R2Bucket, store: StoreAccess): InputSource {
  return {
    read: (name, start, end) => readObject(bucket, name, start, end),
    scan: (split) => scanSplit(store, split),
  };
}

/** Reads a range of an object. Throws if the object has gone or shrunk since the job began. */
async function readObject(bucket: R2Bucket, name: string, start: number, end: number): Promise<Uint8Array> {
  const length = end - start;
  const object = await bucket.get(name, { range: { offset: start, length } });
  if (object === null) throw new Error(`${name} is no longer in the bucket`);
  const bytes = new Uint8Array(await object.arrayBuffer());
  if (bytes.length !== length) throw new Error(`${name} has changed since the job began`);
  return bytes;
}

/** The objects under a prefix, in order; no more than `objectsMax` and one, by which one sees that there are more. */
export async function listObjects(
  bucket: R2Bucket,
  prefix: string,
  objectsMax: number,
): Promise<readonly InputObject[]> {
  const objects: InputObject[] = [];
  for (let cursor: string | undefined; objects.length <= objectsMax; ) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, size } of page.objects) objects.push({ name: key, bytes: size });
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  return objects.slice(0, objectsMax + 1);
}

/** Sizes of the objects named; undefined if one of them is missing. */
export async function findObjects(
  bucket: R2Bucket,
  names: readonly string[],
): Promise<readonly InputObject[] | undefined> {
  const heads = await callAll(names, (name) => bucket.head(name));
  const objects = heads.flatMap((head) => (head === null ? [] : { name: head.key, bytes: head.size }));
  return objects.length === names.length ? objects : undefined;
}

/** Every key of a split with its value, which is taken for UTF-8. Each page is read as it is at that moment. */
async function* scanSplit(store: StoreAccess, { prefix, shard }: KeySplit): AsyncGenerator<Document, void> {
  let after = '';
  for (;;) {
    const page = await store.scan({ type: 'scan', shard, prefix, after, rowsMax: SCAN_LIMIT.rowsMax });
    if (page.type === 'failed') throw new Error(`shard ${shard} cannot be read: ${page.reason}`);
    for (const { key, value } of page.result.rows) {
      yield { name: key, contents: decodeLooseText(value), offset: 0, bytes: value.length };
      after = key;
    }
    if (page.result.done) return;
  }
}

/** The shards that have a key with this prefix. A shard that cannot be asked just now may have one. */
export async function shardsWith(
  store: StoreAccess,
  shardCount: number,
  prefix: string,
): Promise<readonly number[]> {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const pages = await callAll(shards, (shard) =>
    store.scan({ type: 'scan', shard, prefix, after: '', rowsMax: 1 }),
  );
  return shards.filter((shard) => {
    const page = pages[shard];
    return page?.type !== 'answered' || page.result.rows.length > 0;
  });
}
