/**
 * What a store group is asked: by clients for commands and reads, by other groups about shards.
 *
 * store.S1  A command is read whole before it is proposed, and only clients' commands come in from outside.
 * store.S2  A refusal without the log says nothing of earlier attempts (shard/refusals.ts).
 * store.S3  What another group says of the configuration is a reason to ask the controller, and nothing else.
 */

import { QUERY, SESSION_COMMAND } from '../kv/index.ts';
import { asIndex, type Index, InvariantError } from '../raft/index.ts';
import {
  type Awaited,
  REPLICA_ANSWER,
  REPLICA_PATHS,
  type Replica,
  type ReplicaAnswer,
  withResult,
} from '../replica/index.ts';
import {
  answerNeighbour,
  LOCAL_QUERY,
  Refusals,
  type RefusingReplica,
  type Served,
  type ServingReplica,
  SHARD_ANSWER,
  SHARD_COMMAND,
  SHARD_REQUEST,
  type ShardAnswer,
  type ShardId,
  type ShardOf,
  STORE_REPLY,
  type StoreAnswer,
  type StoreQuery,
  type StoreReply,
  type StoreResult,
} from '../shard/index.ts';
import { json, type Respond, refuseUnreadable, responding, type Service } from './replica-server.ts';
import { waitsOf } from './waits.ts';

export type StoreGroupReplica = Replica<StoreResult, StoreQuery, StoreAnswer>;

/** Nothing of a shard's answer depends on where in the log it was given. */
const ANY_INDEX: Index = asIndex(0);

export class StoreService implements Service {
  readonly #replica: StoreGroupReplica;
  readonly #shardOf: ShardOf;
  readonly #lookUp: () => void;
  readonly #refusals = new Refusals();

  /** `lookUp`: another group says that there is a configuration which this one should know. */
  constructor(replica: StoreGroupReplica, shardOf: ShardOf, lookUp: () => void) {
    this.#replica = replica;
    this.#shardOf = shardOf;
    this.#lookUp = lookUp;
  }

  handle(path: string, body: Uint8Array, respond: Respond, isWanted?: () => boolean): void {
    const replica = this.#replica;
    switch (path) {
      case REPLICA_PATHS.command:
        return this.#execute(body, respond);
      case REPLICA_PATHS.query: {
        const query = QUERY.tryDecode(body);
        if (query === undefined) return respond(undefined);
        replica.wake();
        return replica.query(query, responding(respond, encodeAnswer), isWanted);
      }
      case REPLICA_PATHS.localQuery: {
        const asked = LOCAL_QUERY.tryDecode(body);
        if (asked === undefined) return respond(undefined);
        const awaited = awaitedRevision(replica, this.#shardOf(asked.key), asked.minRevision);
        return replica.queryWhen(awaited, { type: 'get', key: asked.key }, responding(respond, encodeAnswer));
      }
      case REPLICA_PATHS.shard:
        return this.#answerNeighbour(body, respond);
      case REPLICA_PATHS.work:
        return respond(json(replica.queryLocal({ type: 'work' })));
      default:
        return respond(undefined);
    }
  }

  describe(): object {
    const answer = this.#replica.queryLocal({ type: 'work' });
    if (answer.type !== 'done' || answer.result.type !== 'work') return {};
    const { configuration, lostWith } = answer.result;
    if (lostWith === undefined) return { configuration, waits: waitsOf(answer.result) };
    const reason = `This group was declared lost with configuration ${lostWith}: others have its shards, and it serves nothing.`;
    return { configuration, lostWith, reason };
  }

  #execute(body: Uint8Array, respond: Respond): void {
    const sent = SESSION_COMMAND.tryDecode(body);
    if (sent === undefined) return respond(refuseUnreadable(this.#replica.id));
    const shard = this.#shardOf(sent.command.key);
    const refusal = this.#refusals.find(refusing(this.#replica), shard);
    if (refusal !== undefined) {
      return respond(encodeAnswer({ type: 'done', index: ANY_INDEX, result: refusal, ageMsMax: undefined }));
    }
    // It is answered with the value before.
    if (sent.command.type === 'append' && this.#replica.isFullOfAnswers) {
      return respond(encodeAnswer({ type: 'overloaded' }));
    }
    // A group that is new, or that nobody has called for long: `wake` does not wait for the silence to be noticed.
    this.#replica.wake();
    this.#replica.propose(
      body,
      responding(respond, (answer: ReplicaAnswer<StoreResult>) => {
        if (answer.type === 'done' && answer.result.type === 'wrong-group') this.#refusals.add(shard);
        const isFull = this.#replica.isFullOfAnswers;
        return encodeAnswer(isFull ? withResult(answer, withoutPrevious) : answer);
      }),
    );
  }

  #answerNeighbour(body: Uint8Array, respond: Respond): void {
    const request = SHARD_REQUEST.tryDecode(body);
    if (request === undefined) return respond(undefined);
    if (request.type === 'lost') this.#lookUp();
    const encode = (answered: ShardAnswer | undefined): Uint8Array =>
      REPLICA_ANSWER.encode(
        answered === undefined
          ? { type: 'not-leader', leader: this.#replica.leader }
          : { type: 'done', index: ANY_INDEX, result: SHARD_ANSWER.encode(answered), ageMsMax: undefined },
      );
    answerNeighbour(serving(this.#replica), request, responding(respond, encode));
  }
}

/** A replica as `answerNeighbour` sees it. */
function serving(replica: StoreGroupReplica): ServingReplica {
  return {
    // Asked again after a command has gone through the log.
    get isLeader() {
      return replica.isLeader;
    },
    serve(request) {
      const answer = replica.queryLocal({ type: 'serve', request });
      return answer.type === 'done' && isServed(answer.result) ? answer.result : undefined;
    },
    propose(command, done) {
      replica.wake();
      replica.propose(SHARD_COMMAND.encode(command), ({ type }) => done(type === 'done'));
    },
  };
}

/** A replica as `Refusals` sees it. */
function refusing(replica: StoreGroupReplica): RefusingReplica {
  return {
    isLeader: replica.isLeader,
    refusal(shard) {
      const answer = replica.queryLocal({ type: 'standing', shard });
      return answer.type === 'done' && answer.result.type === 'wrong-group' ? answer.result : undefined;
    },
  };
}

/** Of a shard that is not served here there is nothing to wait for: who serves it is the answer. */
function awaitedRevision(replica: StoreGroupReplica, shard: ShardId, minRevision: number): Awaited {
  return {
    what: shard,
    least: minRevision,
    progress() {
      const answer = replica.queryLocal({ type: 'standing', shard });
      if (answer.type !== 'done' || answer.result.type !== 'served-here') return Number.POSITIVE_INFINITY;
      return answer.result.revision;
    },
  };
}

/** What was executed is answered whatever there is room for, as a resend would be. */
function withoutPrevious(result: StoreResult): StoreResult {
  const isLarge = result.type === 'appended' && result.previous.type === 'present';
  return isLarge ? { ...result, previous: { type: 'not-kept' } } : result;
}

function isServed(answer: StoreAnswer): answer is Served {
  return ['part', 'released', 'anew', 'gone', 'not-now', 'first'].includes(answer.type);
}

function encodeAnswer(answer: ReplicaAnswer<StoreResult | StoreAnswer>): Uint8Array {
  return REPLICA_ANSWER.encode(withResult(answer, (result) => STORE_REPLY.encode(replyOf(result))));
}

function replyOf(result: StoreResult | StoreAnswer): StoreReply {
  switch (result.type) {
    case 'done':
    case 'not-now':
    case 'served-here':
    case 'work':
    case 'part':
    case 'released':
    case 'anew':
    case 'gone':
    case 'first':
      throw new InvariantError(`a client was answered with ${result.type}`);
    default:
      return result;
  }
}
