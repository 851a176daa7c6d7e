import { type Configuration, groupIdsOf } from '../../src/shard/index.ts';

/** A configuration as people see it. */
export function configurationJson({ number, shards, groups, joining, lost }: Configuration): object {
  return {
    number,
    shards,
    groups: groupIdsOf(groups).map((id) => ({ id, ...groups.get(id) })),
    ...(joining.size === 0 ? {} : { joining: groupIdsOf(joining) }),
    ...(lost.length === 0 ? {} : { lost }),
  };
}
