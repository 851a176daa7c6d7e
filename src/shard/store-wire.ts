/** What clients and a store group say to each other, beside commands and queries in kv's encoding. */

import { Codec, type Described, natural, type Shape, text, tuple, union } from '../codec/index.ts';
import { type CommandResult, type QueryResult, RESULTS } from '../kv/index.ts';
import { type GroupId, groupId } from './configuration.ts';

/** The shard of the key is not served here. */
export interface WrongGroup {
  readonly type: 'wrong-group';
  /** The configuration that this group knows. */
  readonly configuration: number;
  /** Who serves it, as far as this group knows. */
  readonly owner: GroupId;
}

export type StoreReply = CommandResult | QueryResult | WrongGroup;

const storeReply = union({
  ...RESULTS,
  'wrong-group': { configuration: natural, owner: groupId },
}) as Shape<StoreReply>;

export const STORE_REPLY: Codec<StoreReply> = new Codec('an answer of the store', storeReply, 3);

/** What is asked of a replica's own state: a key, and to which revision the state of its shard must have come. */
const localQuery = tuple({ key: text, minRevision: natural });

export const LOCAL_QUERY: Codec<Described<typeof localQuery>> = new Codec('a local query', localQuery, 3);
