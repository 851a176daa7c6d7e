/**
 * Which shard a key belongs to. The answer must be the same in every replica, router and version of this code for as
 * long as a cluster lives: whoever changes this file moves every key of every existing cluster.
 *
 * shard.K1  The shard depends only on the tag of the key and on the number of shards.
 * shard.K2  Keys with the same tag are in the same shard, so that one transaction can cover them.
 */
import { encodeText, fnv1a } from '../codec/index.ts';
import { asShardId, type ShardId } from './configuration.ts';

export type ShardOf = (key: string) => ShardId;

export function createShardOf(shardCount: number): ShardOf {
  return (key) => asShardId(fold(fnv1a(encodeText(tagOf(key)))) % shardCount);
}

/**
 * The part of a key that is hashed: what stands between its first `{` and the next `}`, or the whole key if there is
 * no such part or it is empty (the rule of the Redis Cluster specification, "Hash tags").
 */
export function tagOf(key: string): string {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  return open === -1 || close === -1 || close === open + 1 ? key : key.slice(open + 1, close);
}

/**
 * In FNV the low bits of the hash see only the low bits of each byte, so that under a plain modulo keys which repeat a
 * part ("order:17/17") crowd into a few shards, up to ten times the mean. Folding the halves (RFC 9923, "xor folding")
 * lets the high bits take part.
 */
function fold(hash: number): number {
  return (hash ^ (hash >>> 16)) >>> 0;
}
