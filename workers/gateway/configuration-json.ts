import { type Configuration, groupIdsOf } from '../../src/shard/index.ts';

/** A configuration as people see it. */
export function configurationJson({ number, shards, groups }: Configuration): object {
  return { number, shards, groups: groupIdsOf(groups).map((id) => ({ id, ...groups.get(id) })) };
}
