/** Where a job's input comes from: objects of the bucket, or the keys of the store that begin alike. */
import {
  type Document,
  HopelessError,
  type InputObject,
  type InputSource,
  type KeySplit,
} from '../../src/mapreduce/index.ts';
import { callAll } from './calls.ts';
import type { NamedObject } from './job-request.ts';
import { documentName, INPUTS } from './names.ts';
import type { StoreAccess } from './store-access.ts';

/** Which of the two a job reads, each split says. */
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
  if (object === null) throw new HopelessError(`${name} is no longer in the bucket`);
  const bytes = new Uint8Array(await object.arrayBuffer());
  if (bytes.length !== length) throw new HopelessError(`${name} has changed since the job began`);
  return bytes;
}

/** Every key of a split with its value. Each page is read as it is at that moment. */
async function* scanSplit(store: StoreAccess, { prefix, shard }: KeySplit): AsyncGenerator<Document, void> {
  for (let after = ''; ; ) {
    const page = await store.scan(shard, prefix, after);
    for (const { key, value } of page.rows) {
      yield { name: key, contents: value, offset: 0 };
      after = key;
    }
    if (page.done) return;
  }
}

/** The objects under a prefix, in order; no more than `objectsMax` and one, by which one sees that there are more. */
export async function listObjects(
  bucket: R2Bucket,
  prefix: string,
  objectsMax: number,
): Promise<readonly InputObject[]> {
  const objects: InputObject[] = [];
  // Of a prefix that other objects have as well, the names stay whole: so no two become one.
  const nameOf = prefix.startsWith(INPUTS) ? documentName : (object: string) => object;
  for (let cursor: string | undefined; objects.length <= objectsMax; ) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, size } of page.objects) objects.push({ object: key, name: nameOf(key), bytes: size });
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  return objects.slice(0, objectsMax + 1);
}

/** The objects named, with their sizes; or the name of one that is missing. */
export async function findObjects(
  bucket: R2Bucket,
  objects: readonly NamedObject[],
): Promise<readonly InputObject[] | string> {
  const found: InputObject[] = [];
  const heads = await callAll(objects, ({ object }) => bucket.head(object));
  for (const [at, named] of objects.entries()) {
    const head = heads[at];
    if (!head) return named.object;
    found.push({ ...named, bytes: head.size });
  }
  return found;
}

/** The shards that have a key with this prefix. A shard that cannot be asked just now may have one. */
export async function shardsWith(
  store: StoreAccess,
  shardCount: number,
  prefix: string,
): Promise<readonly number[]> {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const found = await callAll(shards, (shard) =>
    store.scan(shard, prefix, '', 1).then(
      ({ rows }) => rows.length > 0,
      () => true,
    ),
  );
  return shards.filter((shard) => found[shard]);
}
