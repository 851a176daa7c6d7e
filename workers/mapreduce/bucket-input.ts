import type { InputObject } from '../../src/mapreduce/index.ts';

/** Reads a range of an object. Throws if the object has gone or shrunk since the job began. */
export async function readObject(
  bucket: R2Bucket,
  name: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
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

/** Sizes of the objects named; of those that are missing, the names. */
export async function findObjects(
  bucket: R2Bucket,
  names: readonly string[],
): Promise<{ readonly objects: readonly InputObject[]; readonly missing: readonly string[] }> {
  const objects: InputObject[] = [];
  const missing: string[] = [];
  for (let from = 0; from < names.length; from += HEADS_AT_ONCE) {
    const some = names.slice(from, from + HEADS_AT_ONCE);
    const heads = await Promise.all(some.map((name) => bucket.head(name)));
    for (const [at, head] of heads.entries()) {
      if (head === null) missing.push(some[at] ?? '');
      else objects.push({ name: head.key, bytes: head.size });
    }
  }
  return { objects, missing };
}

/** The platform allows six connections a request. */
const HEADS_AT_ONCE = 6;
