/** What a store replica answers to a router: CBOR arrays, the number of the format first. */

import { decode, encode } from 'cborg';
import { asReplicaId, type ReplicaId, unreachable } from '../raft/index.ts';

/** Paths within a replica; the host part of such a URL means nothing. */
export const REPLICA_PATHS = {
  /** A message of another replica. */
  raft: '/raft',
  /** A command of the state machine: executed by the leader. */
  command: '/command',
  /** A query: linearizable, answered by the leader. */
  query: '/query',
  /** A query to this replica's own state, which may be behind: `encodeLocalQuery`. */
  localQuery: '/local-query',
  /** The keys of one shard that begin alike, a page: linearizable, answered by the leader. */
  scan: '/scan',
  status: '/status',
  /** What another group asks about a shard that moves. */
  shard: '/shard',
  /** "You are needed": elect a leader if there is none. */
  wake: '/wake',
  /** What the group is doing to move shards, for people: JSON. */
  work: '/work',
} as const;

export type ReplicaAnswer =
  /** `result` is in the state machine's own encoding. */
  | {
      readonly type: 'done';
      readonly index: number;
      readonly result: Uint8Array;
      /** Of an answer out of a replica's own state: how old it is at most, if the replica can tell. */
      readonly ageMsMax?: number | undefined;
    }
  | { readonly type: 'not-leader'; readonly leader: ReplicaId | undefined }
  | { readonly type: 'overloaded' }
  /** The shard is served by `owner`, as far as the group knows that has taken this configuration. */
  | { readonly type: 'wrong-group'; readonly configuration: number; readonly owner: number }
  /** It may or may not be executed. */
  | { readonly type: 'unknown'; readonly leader: ReplicaId | undefined };

const ANSWER_FORMAT = 1;

export function encodeReplicaAnswer(answer: ReplicaAnswer): Uint8Array {
  return encode([ANSWER_FORMAT, answer.type, ...fieldsOf(answer)]);
}

/** Undefined when the bytes are of an unknown format. */
export function decodeReplicaAnswer(bytes: Uint8Array): ReplicaAnswer | undefined {
  const items: unknown = decode(bytes);
  if (!Array.isArray(items)) return undefined;
  const [format, type, first, second, third]: unknown[] = items;
  if (format !== ANSWER_FORMAT) return undefined;
  switch (type) {
    case 'done':
      if (typeof first !== 'number' || !(second instanceof Uint8Array)) return undefined;
      return { type, index: first, result: second, ageMsMax: typeof third === 'number' ? third : undefined };
    case 'not-leader':
    case 'unknown':
      return { type, leader: typeof first === 'number' ? asReplicaId(first) : undefined };
    case 'wrong-group':
      if (typeof first !== 'number' || typeof second !== 'number') return undefined;
      return { type, configuration: first, owner: second };
    case 'overloaded':
      return { type };
    default:
      return undefined;
  }
}

function fieldsOf(answer: ReplicaAnswer): readonly unknown[] {
  switch (answer.type) {
    case 'done':
      return [answer.index, answer.result, answer.ageMsMax ?? null];
    case 'not-leader':
    case 'unknown':
      return [answer.leader ?? null];
    case 'wrong-group':
      return [answer.configuration, answer.owner];
    case 'overloaded':
      return [];
    default:
      return unreachable(answer);
  }
}

/** What is asked of a replica's own state: a key, and the log index that the state must include. */
export interface LocalQuery {
  readonly key: string;
  readonly minIndex: number;
}

export function encodeLocalQuery({ key, minIndex }: LocalQuery): Uint8Array {
  return encode([ANSWER_FORMAT, key, minIndex]);
}

/** Undefined when the bytes are of an unknown format. */
export function decodeLocalQuery(bytes: Uint8Array): LocalQuery | undefined {
  const items: unknown = decode(bytes);
  if (!Array.isArray(items)) return undefined;
  const [format, key, minIndex]: unknown[] = items;
  if (format !== ANSWER_FORMAT || typeof key !== 'string' || typeof minIndex !== 'number') return undefined;
  return { key, minIndex };
}
