import type { GroupId, ShardId, Work } from '../shard/index.ts';

/** What a group cannot finish without another, for people. */
export interface Wait {
  readonly for: 'rows-from' | 'pick-up-by' | 'confirmation-to';
  readonly group: GroupId;
  readonly shard: ShardId;
  /** The configuration that moves the shard. */
  readonly configuration: number;
  /** When this group took that configuration; the latest time of its clock that is known. */
  readonly sinceMs: number | undefined;
}

export function waitsOf({ shards, confirmations }: Work): readonly Wait[] {
  const moving = shards.flatMap(([shard, state]): Wait[] => {
    if (state.type !== 'arriving' && state.type !== 'leaving') return [];
    const { configuration, sinceMs } = state;
    const other =
      state.type === 'arriving'
        ? ({ for: 'rows-from', group: state.from.group } as const)
        : ({ for: 'pick-up-by', group: state.to } as const);
    return [{ ...other, shard, configuration, sinceMs }];
  });
  const unconfirmed = confirmations.map(
    ({ shard, configuration, to }): Wait => ({
      for: 'confirmation-to',
      group: to.group,
      shard,
      configuration,
      sinceMs: undefined,
    }),
  );
  return [...moving, ...unconfirmed];
}
