/** What one may ask of the controller, and what it answers. Reading is no command: see `queryConfiguration`. */
import type { Configuration, GroupId, Groups, ShardId } from '../shard/index.ts';

/**
 * A change together with the name of the request: a client numbers its requests upwards and has one outstanding at a
 * time, so that a request which is sent again changes nothing and is answered as it was the first time.
 */
export interface Command {
  readonly client: string;
  readonly sequence: number;
  readonly change: Change;
}

export type Change =
  /** Adds groups, and gives them their part of the shards. */
  | { readonly type: 'join'; readonly groups: Groups }
  /** Takes groups away, and gives their shards to those that stay. */
  | { readonly type: 'leave'; readonly groups: readonly GroupId[] }
  /** Gives one shard to one group. Nothing pins it there: the next join or leave makes the shares even again. */
  | { readonly type: 'move'; readonly shard: ShardId; readonly group: GroupId };

export type Outcome =
  | { readonly type: 'configured'; readonly configuration: Configuration }
  | { readonly type: 'refused'; readonly reason: Refusal }
  /** This sequence number was used for another change. */
  | { readonly type: 'sequence-reused' }
  /** The client has since made the request `last`, so it had its answer to this one. */
  | { readonly type: 'sequence-stale'; readonly last: number }
  /** The client's id is empty, too long or no Unicode: nothing is remembered of it. */
  | { readonly type: 'session-malformed' };

export const REFUSALS = [
  /** A join names a group that is there already, be it with the same replicas. */
  'group-exists',
  /** A join names group 0, or gives a group no replicas, too many, or one whose name is too long. */
  'group-invalid',
  'group-unknown',
  /** A leave would take every group away and, with them, all data. */
  'last-group',
  /** A join or leave names no group at all. */
  'no-groups',
  'shard-unknown',
  'too-many-groups',
] as const;

export type Refusal = (typeof REFUSALS)[number];
