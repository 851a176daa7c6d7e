/** What one step asks of the host, gathered until the step is over. The state that it follows from is node.ts. */

import type { ChunkRequest, Effects, ProposalOutcome, Store } from './effects.ts';
import type { Message, Request } from './messages.ts';
import type { Entry, Index } from './types.ts';

type Writes = Omit<Store, 'id'>;

const NO_WRITES: Writes = {
  hardState: undefined,
  truncateFrom: undefined,
  append: [],
  compactThrough: undefined,
  install: undefined,
  touch: false,
  membership: undefined,
};

export class Outbox {
  readonly messages: Request[] = [];
  readonly promises: Message[] = [];
  readonly reads: Effects['reads'][number][] = [];
  readonly chunkRequests: ChunkRequest[] = [];
  proposal: ProposalOutcome | undefined;
  #writes = NO_WRITES;

  write(writes: Partial<Writes>): void {
    this.#writes = { ...this.#writes, ...writes };
  }

  append(entries: readonly Entry[]): void {
    this.write({ append: [...this.#writes.append, ...entries] });
  }

  truncateFrom(index: Index): void {
    const { truncateFrom = index, append } = this.#writes;
    this.write({
      truncateFrom: truncateFrom < index ? truncateFrom : index,
      append: append.filter((entry) => entry.index < index),
    });
  }

  /** `storeId` is for the write, if there is one. */
  toEffects(storeId: number, apply: readonly Entry[], roleChanged: boolean): Effects {
    const { messages, promises, proposal, reads, chunkRequests } = this;
    const store = this.#writes === NO_WRITES ? undefined : { id: storeId, ...this.#writes };
    return { messages, store, promises, apply, proposal, reads, chunkRequests, roleChanged };
  }
}
