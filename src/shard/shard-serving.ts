/** What a group that gives a shard away answers to the group that gets it. */

import { Codec, type Described, flag, natural, text, union } from '../codec/index.ts';
import type { TableReader } from '../storage/index.ts';
import { groupId, shardId } from './configuration.ts';
import { PART_BYTES_MAX, readChangesPart, readRowsPart, shardPart } from './shard-copy.ts';
import { type LeavingShard, readConfiguration, readLostWith, readShardState } from './shard-state.ts';
import { isCursor } from './sound-command.ts';
import type { ShardCommand } from './store-command.ts';

/** Who asks, with which configuration it gets the shard, and the record by which it copies. */
const taker = { by: groupId, due: natural, since: natural };

/** All name the configuration that moves the shard, so that a late request for an earlier move does nothing. */
const shardRequest = union({
  rows: { shard: shardId, configuration: natural, ...taker, cursor: text, bytesMax: natural },
  /** `freeze`: stop serving first, so that these changes are the last. */
  changes: {
    shard: shardId,
    configuration: natural,
    ...taker,
    after: natural,
    freeze: flag,
    bytesMax: natural,
  },
  /** "The shard has arrived: you may delete it." */
  release: { shard: shardId, configuration: natural },
  /** "You were declared lost with this configuration": ask the controller whether it is so. */
  lost: { configuration: natural },
});
export type ShardRequest = Described<typeof shardRequest>;

const shardAnswer = union({
  part: { part: shardPart },
  released: {},
  /** The record by which the taker copies is there no longer: the copy has to begin anew, by the record `since`. */
  anew: { since: natural },
  /** The shard is here no longer, and will not be: whoever it was meant for had it. */
  gone: {},
  /** Not in the state for it: the replica lags, the configuration has not come yet, or is long past. */
  'not-now': {},
});
export type ShardAnswer = Described<typeof shardAnswer>;

export const SHARD_REQUEST: Codec<ShardRequest> = new Codec('a question about a shard', shardRequest, 4);
export const SHARD_ANSWER: Codec<ShardAnswer> = new Codec('an answer about a shard', shardAnswer, 4);

/** `first`: the command must be in the log before the request can be answered; then ask again. */
export type Served = ShardAnswer | { readonly type: 'first'; readonly command: ShardCommand };

export function serveShard(table: TableReader, request: ShardRequest, shardCount: number): Served {
  if (request.type === 'lost') {
    // A neighbour's word is none: a group gives up what it has only as its own controller says (migration-driver.ts).
    return readLostWith(table) !== undefined ? { type: 'released' } : { type: 'not-now' };
  }
  const { shard, configuration } = request;
  const state = readShardState(table, shard);
  if (state?.type === 'leaving' && state.configuration === configuration) {
    if (request.type !== 'release') return serveTaker(table, request, state);
    // shard.H2: nobody can have a shard whose last changes nobody was given.
    if (!state.frozen) return { type: 'not-now' };
    return { type: 'first', command: { type: 'release', shard, configuration } };
  }
  // Once a move is over it is over, so also a replica that is behind may say so.
  const isPast = state?.type !== 'lost' && readConfiguration(table, shardCount).number >= configuration;
  if (!isPast) return { type: 'not-now' };
  return { type: request.type === 'release' ? 'released' : 'gone' };
}

type TakerRequest = Extract<ShardRequest, { type: 'rows' | 'changes' }>;

function serveTaker(table: TableReader, request: TakerRequest, state: LeavingShard): Served {
  const { shard, configuration, by: to, due, since } = request;
  const bytesMax = Math.min(request.bytesMax, PART_BYTES_MAX);
  // A taker of a later configuration knows that the one before is lost; that one, if it still asks, does not.
  if (due > state.due) return { type: 'first', command: { type: 'redirect', shard, configuration, to, due } };
  if (due < state.due || to !== state.to || state.returning) return { type: 'not-now' };
  if (since < state.since) return { type: 'anew', since: state.since };
  if (since > state.since || state.record === 'dropped') return { type: 'not-now' };
  if (state.record === 'none')
    return { type: 'first', command: { type: 'record', shard, configuration, since } };
  if (request.type === 'rows') {
    if (!isCursor(shard, request.cursor)) return { type: 'not-now' };
    return { type: 'part', part: readRowsPart(table, shard, state, request.cursor, bytesMax) };
  }
  // Changes that were fetched from another replica have not come here yet.
  if (request.after > state.changes) return { type: 'not-now' };
  if (request.freeze && !state.frozen)
    return { type: 'first', command: { type: 'freeze', shard, configuration, since } };
  return { type: 'part', part: readChangesPart(table, shard, state, request.after, bytesMax) };
}

/** A replica of the group that is asked. */
export interface ServingReplica {
  readonly isLeader: boolean;
  /** By its own state, which may be behind; undefined when it has stopped. */
  serve(request: ShardRequest): Served | undefined;
  propose(command: ShardCommand, done: (applied: boolean) => void): void;
}

/**
 * Rows may come from any replica; what changes the state of the shard first goes through the leader's log. Undefined:
 * ask another replica. "Not now" is the leader's word alone: a replica that is cut off from its group would say it for
 * ever.
 */
export function answerNeighbour(
  replica: ServingReplica,
  request: ShardRequest,
  done: (answer: ShardAnswer | undefined) => void,
): void {
  const served = replica.serve(request);
  if (served?.type !== 'first') return done(believable(served, replica));
  replica.propose(served.command, (applied) => {
    const after = applied ? replica.serve(request) : undefined;
    done(after?.type === 'first' ? undefined : believable(after, replica));
  });
}

function believable(answer: ShardAnswer | undefined, { isLeader }: ServingReplica): ShardAnswer | undefined {
  return answer?.type === 'not-now' && !isLeader ? undefined : answer;
}
