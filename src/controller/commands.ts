/** What one may ask of the controller, and what it answers, with their bytes. */
import {
  bytes,
  Codec,
  type Described,
  list,
  natural,
  oneOf,
  optional,
  text,
  tuple,
  union,
} from '../codec/index.ts';
import { configuration, groupId, groupMap, shardId } from '../shard/index.ts';

const change = union({
  /** The first groups of a cluster: a join that is refused when there ever was another configuration. */
  form: { groups: groupMap },
  /** Adds groups, and gives them their part of the shards. */
  join: { groups: groupMap },
  /** Takes groups away, and gives their shards to those that stay. */
  leave: { groups: list(groupId) },
  /** Gives one shard to one group. Nothing pins it there: the next join or leave makes the shares even again. */
  move: { shard: shardId, group: groupId },
  /** "If there is no key yet that signs client ids, take this one." It makes no configuration. */
  'keep-key': { key: bytes },
  /** Takes a group away that is gone for good, and what it holds with it: its shards begin anew at those that stay. */
  'declare-lost': { group: groupId },
  /** A group says that it has finished with every configuration up to this number, and needs them no more. */
  settled: { group: groupId, number: natural },
});
export type Change = Described<typeof change>;
/** Whoever asks for one of these is remembered. */
export type ConfigurationChange = Exclude<Change, { type: 'keep-key' | 'settled' }>;

/**
 * A change together with the name of the request: a client numbers its requests upwards and has one outstanding at a
 * time, so that a request which is sent again changes nothing and is answered as it was the first time. `after` is the
 * number of a request that the controller had remembered before this one was first sent (sessions.ts).
 */
const changeCommand = tuple({ client: text, sequence: natural, after: natural, change });
export type ChangeCommand = Described<typeof changeCommand>;

export const CHANGE_COMMAND: Codec<ChangeCommand> = new Codec(
  'a command of the controller',
  changeCommand,
  3,
);

/** All formats of changes, in the order in which they came, with their levels (shard/store-command.ts has the rule). */
const LEVELS: ReadonlyMap<number, number> = new Map([[3, 0]]);

/** The highest level that this code reads (replica/state-machine.ts). */
export const CHANGE_LEVEL: number = Math.max(...LEVELS.values());

/** By the number of its format; undefined for one that this code does not know. */
export function changeLevelOf(command: Uint8Array): number | undefined {
  return LEVELS.get(command[0] ?? 0);
}

export const changeRefusal = oneOf(
  /** Somebody has formed the cluster before. */
  'already-formed',
  /** A join names a group that is there already, be it with the same replicas. */
  'group-exists',
  /** A join names a group that was declared lost: its name is never used again. */
  'group-lost',
  /** A join names group 0, or gives a group no replicas, too many, or one whose name is too long. */
  'group-invalid',
  'group-unknown',
  /** The change would take away a configuration that a group still needs. */
  'history-full',
  /** A leave would take every group away and, with them, all data. */
  'last-group',
  /** A join or leave names no group at all. */
  'no-groups',
  'shard-unknown',
  'too-many-groups',
  'too-many-lost',
);
export type ChangeRefusal = Described<typeof changeRefusal>;

const changeResult = union({
  configured: { configuration },
  refused: { reason: changeRefusal },
  /** The key that signs client ids, for as long as the cluster lives. */
  key: { key: bytes },
  /** This sequence number was used for another change. */
  'sequence-reused': {},
  /** The client has since made the request `last`, so it had its answer to this one. */
  'sequence-stale': { last: natural },
  /**
   * The client is not remembered, and may have been forgotten since it sent this request for the first time. What was
   * sent once was not executed: a new client, which names `latest`, may ask for the same.
   */
  'session-expired': { latest: natural },
  /** The client's id is empty, too long or no Unicode: nothing is remembered of it. */
  'session-malformed': {},
  /** Not every replica of the group can read the change; `replica` is one that cannot, if one is known. Nothing was changed. */
  unreadable: { replica: optional(natural) },
});
export type ChangeResult = Described<typeof changeResult>;

export const CHANGE_RESULT: Codec<ChangeResult> = new Codec('an answer of the controller', changeResult, 3);

/**
 * Which configuration: its number; the latest for undefined, and for a number that there is not (yet); the oldest that
 * is kept for one that is kept no longer.
 */
const configurationQuery = tuple({ number: optional(natural) });
export type ConfigurationQuery = Described<typeof configurationQuery>;

export const CONFIGURATION_QUERY: Codec<ConfigurationQuery> = new Codec(
  'a question to the controller',
  configurationQuery,
  2,
);
