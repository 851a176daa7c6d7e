/**
 * A replica as others reach it: (path, bytes) in, bytes out. What is the same for every kind of group stands here; what
 * clients ask of one kind is its service's.
 */

import { encodeText } from '../codec/index.ts';
import { isRequest } from '../raft/index.ts';
import { MESSAGE, PEER_ANSWER, REPLICA_PATHS, type Replica } from '../replica/index.ts';
import type { TraceRing } from './trace-ring.ts';

/** Called once. Undefined: there is no answer, and the caller learns nothing. */
export type Respond = (answer: Uint8Array | undefined) => void;

export interface Server {
  handle(path: string, body: Uint8Array, respond: Respond): void;
}

export class ReplicaServer<Result, Query, Answer> implements Server {
  readonly #replica: Replica<Result, Query, Answer>;
  readonly #service: Server;
  readonly #traceRing: TraceRing | undefined;

  /** `service` serves the paths that are not the same for all. */
  constructor(replica: Replica<Result, Query, Answer>, service: Server, traceRing: TraceRing | undefined) {
    this.#replica = replica;
    this.#service = service;
    this.#traceRing = traceRing;
  }

  /** Bytes that this code cannot read come from another version, and count as lost. */
  handle(path: string, body: Uint8Array, respond: Respond): void {
    const replica = this.#replica;
    switch (path) {
      case REPLICA_PATHS.raft: {
        const message = MESSAGE.tryDecode(body);
        return message !== undefined && isRequest(message)
          ? replica.receive(message, (reply, isShort = false) =>
              respond(reply && PEER_ANSWER.encode({ reply, isShort })),
            )
          : respond(undefined);
      }
      case REPLICA_PATHS.wake:
        replica.wake();
        return respond(undefined);
      case REPLICA_PATHS.status:
        return respond(json(replica.status()));
      case REPLICA_PATHS.trace:
        return respond(this.#traceRing?.encode());
      default:
        return this.#service.handle(path, body, respond);
    }
  }
}

/** Stands for a replica whose disk belongs to other code, or is damaged: it says so, and touches nothing. */
export function refusingServer({ message }: Error): Server {
  return {
    handle: (path, _body, respond) =>
      respond(path === REPLICA_PATHS.status ? json({ role: 'refused', reason: message }) : undefined),
  };
}

/** For people. */
export function json(value: unknown): Uint8Array {
  return encodeText(JSON.stringify(value));
}
