/** What a group that gives a shard away answers to the group that gets it. */

import { Codec, type Described, flag, natural, text, union } from '../codec/index.ts';
import type { TableReader } from '../storage/index.ts';
import { shardId } from './configuration.ts';
import { PART_BYTES_MAX, readChangesPart, readRowsPart, shardPart } from './shard-copy.ts';
import { readConfiguration, readShardState } from './shard-state.ts';
import { isCursor } from './sound-command.ts';
import type { ShardCommand } from './store-command.ts';

/** All name the configuration that moves the shard, so that a late request for an earlier move does nothing. */
const shardRequest = union({
  rows: { shard: shardId, configuration: natural, cursor: text, bytesMax: natural },
  /** `freeze`: stop serving first, so that these changes are the last. */
  changes: { shard: shardId, configuration: natural, after: natural, freeze: flag, bytesMax: natural },
  /** "The shard has arrived: you may delete it." */
  release: { shard: shardId, configuration: natural },
});
export type ShardRequest = Described<typeof shardRequest>;

const shardAnswer = union({
  part: { part: shardPart },
  released: {},
  /** Not in the state for it: the replica lags, the configuration has not come yet, or is long past. */
  'not-now': {},
});
export type ShardAnswer = Described<typeof shardAnswer>;

export const SHARD_REQUEST: Codec<ShardRequest> = new Codec('a question about a shard', shardRequest, 3);
export const SHARD_ANSWER: Codec<ShardAnswer> = new Codec('an answer about a shard', shardAnswer, 3);

/** `first`: the command must be in the log before the request can be answered; then ask again. */
export type Served = ShardAnswer | { readonly type: 'first'; readonly command: ShardCommand };

const NOT_NOW = { type: 'not-now' } as const;

export function serveShard(table: TableReader, request: ShardRequest, shardCount: number): Served {
  const { shard, configuration } = request;
  const state = readShardState(table, shard);
  const isLeaving = state?.type === 'leaving' && state.configuration === configuration;
  if (request.type === 'release') {
    // shard.H2: nobody can have a shard whose last changes nobody was given.
    if (isLeaving && !state.frozen) return NOT_NOW;
    if (isLeaving) return { type: 'first', command: { type: 'release', shard, configuration } };
    const isPast = readConfiguration(table, shardCount).number >= configuration;
    return isPast ? { type: 'released' } : NOT_NOW;
  }
  if (!isLeaving) return NOT_NOW;
  const bytesMax = Math.min(request.bytesMax, PART_BYTES_MAX);
  if (request.type === 'rows') {
    const { cursor } = request;
    return isCursor(shard, cursor)
      ? { type: 'part', part: readRowsPart(table, shard, cursor, bytesMax) }
      : NOT_NOW;
  }
  // Changes that were fetched from another replica have not come here yet.
  if (request.after > state.changes) return NOT_NOW;
  if (request.freeze && !state.frozen)
    return { type: 'first', command: { type: 'freeze', shard, configuration } };
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
