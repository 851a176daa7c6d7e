/** The way to the other replicas. Whatever the transport throws is a message that was lost. */

import { type Input, isRequest, type Message, type PeerReply } from '../raft/index.ts';
import type { Faults } from './faults.ts';
import type { GroupRoom } from './group-room.ts';
import type { Transport } from './host.ts';
import type { ReplicaTrace } from './replica-trace.ts';

export class Peers {
  readonly #transport: Transport;
  readonly #room: GroupRoom;
  readonly #faults: Faults;
  readonly #trace: ReplicaTrace | undefined;

  constructor(transport: Transport, room: GroupRoom, faults: Faults, trace: ReplicaTrace | undefined) {
    this.#transport = transport;
    this.#room = room;
    this.#faults = faults;
    this.#trace = trace;
  }

  /** `take` gets what comes of it. Replies are not sent here: they go back the way their request came. */
  send(message: Message, take: (input: Input) => void): void {
    if (!isRequest(message)) return;
    this.#trace?.sends(message);
    const settled = (reply: PeerReply | undefined): void =>
      take(reply === undefined ? { type: 'lost', message } : { type: 'message', message: reply });
    try {
      this.#transport.send(message, (reply, isShort) => {
        this.#room.heard(message.to, isShort);
        settled(reply);
      });
    } catch (error) {
      this.#faults.note('the transport', error);
      settled(undefined);
    }
  }
}
