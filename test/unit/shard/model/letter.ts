import type { ShardCommand } from '../../../../src/shard/index.ts';
import type { ModelCall } from './model-clients.ts';
import type { ModelGroup } from './model-group.ts';

/** Something under way to a group. */
export type Letter =
  | { readonly type: 'command'; readonly to: ModelGroup; readonly command: ShardCommand }
  | { readonly type: 'call'; readonly to: ModelGroup; readonly call: ModelCall };

export function isAboutEarlierMove(letter: Letter): boolean {
  if (letter.type === 'call' || !('shard' in letter.command) || !('configuration' in letter.command))
    return false;
  const { shard, configuration } = letter.command;
  const [, state] = letter.to.work().shards.find(([each]) => each === shard) ?? [];
  return state !== undefined && 'configuration' in state && configuration < state.configuration;
}
