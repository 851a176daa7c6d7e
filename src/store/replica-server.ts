/**
 * A replica as others reach it: (path, bytes) in, bytes out. What is the same for every kind of group stands here; what
 * clients ask of one kind is its service's.
 */

import { encodeText } from '../codec/index.ts';
import { isRequest, type ReplicaId, type Status } from '../raft/index.ts';
import {
  MESSAGE,
  OWN_STANDING,
  type OwnStanding,
  PEER_ANSWER,
  READMISSION,
  REPLICA_ANSWER,
  REPLICA_PATHS,
  type Replica,
} from '../replica/index.ts';
import { answerGathered } from './answer-gathered.ts';
import type { TraceRing } from './trace-ring.ts';

/** Called once. Undefined: there is no answer, and the caller learns nothing. */
export type Respond = (answer: Uint8Array | undefined) => void;

export interface Server {
  /** `isWanted` is asked before what takes long is done for an answer that has lost its place. */
  handle(path: string, body: Uint8Array, respond: Respond, isWanted?: () => boolean): void;
}

/** Why an earlier life of a replica ended, when, and the how-manieth time that was. */
export interface Halt {
  readonly reason: string;
  readonly atMs: number;
  readonly count: number;
}

/** What is served of one kind of group. */
export interface Service extends Server {
  /** What its replica says of itself besides what every replica says: for people, so anything that JSON can say. */
  describe?(): object;
}

export class ReplicaServer<Result, Query, Answer> implements Server {
  readonly #replica: Replica<Result, Query, Answer>;
  readonly #service: Service;
  readonly #traceRing: TraceRing | undefined;
  readonly #lastHalt: Halt | undefined;

  /** `service` serves the paths that are not the same for all. */
  constructor(
    replica: Replica<Result, Query, Answer>,
    service: Service,
    traceRing: TraceRing | undefined,
    lastHalt?: Halt,
  ) {
    this.#replica = replica;
    this.#service = service;
    this.#traceRing = traceRing;
    this.#lastHalt = lastHalt;
  }

  /** Bytes that this code cannot read come from another version, and count as lost. */
  handle(path: string, body: Uint8Array, respond: Respond): void {
    const replica = this.#replica;
    switch (path) {
      case REPLICA_PATHS.raft: {
        const message = MESSAGE.tryDecode(body);
        return message !== undefined && isRequest(message)
          ? replica.receive(message, (reply, isShort = false) =>
              responding(
                respond,
                (given: typeof reply) => given && PEER_ANSWER.encode({ reply: given, isShort }),
              )(reply),
            )
          : respond(undefined);
      }
      case REPLICA_PATHS.gathered:
        return answerGathered(this.#service, replica, body, respond);
      case REPLICA_PATHS.wake:
        replica.wake();
        return respond(undefined);
      case REPLICA_PATHS.standing:
        return respond(OWN_STANDING.encode(ownStanding(replica.status())));
      case REPLICA_PATHS.readmit: {
        const readmission = READMISSION.tryDecode(body);
        return readmission === undefined
          ? respond(undefined)
          : replica.readmit(
              readmission,
              responding(respond, (answer) => REPLICA_ANSWER.encode(answer)),
            );
      }
      case REPLICA_PATHS.status:
        return respond(
          json({ ...replica.status(), ...this.#service.describe?.(), lastHalt: this.#lastHalt }),
        );
      case REPLICA_PATHS.trace:
        return respond(this.#traceRing?.encode());
      default:
        return this.#service.handle(path, body, respond);
    }
  }
}

/** Responds with what `encode` makes of an answer, and does so too when that throws. */
export function responding<Given>(
  respond: Respond,
  encode: (answer: Given) => Uint8Array | undefined,
): (answer: Given) => void {
  return (answer) => {
    let bytes: Uint8Array | undefined;
    try {
      bytes = encode(answer);
    } finally {
      respond(bytes);
    }
  };
}

/** To a command that this replica cannot read: it may come from a newer version. */
export function refuseUnreadable(replica: ReplicaId): Uint8Array {
  return REPLICA_ANSWER.encode({ type: 'unreadable', replica });
}

function ownStanding({ standing, disk, membership }: Status): OwnStanding {
  return { standing, disk, voters: membership.isFormed ? membership.voters : [] };
}

/** For people. */
export function json(value: unknown): Uint8Array {
  return encodeText(JSON.stringify(value));
}
