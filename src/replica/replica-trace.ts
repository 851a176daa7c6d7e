/**
 * Says what a replica does, a line at a time, in the prose of the core, and gives away no payload. It is made only if
 * somebody listens.
 *
 * replica.N1  To trace changes nothing: what a replica does is the same whether it is traced or not, and whatever is
 *     thrown by who listens.
 */

import {
  describeEffects,
  describeMessage,
  type Effects,
  type Index,
  type Input,
  type Message,
  type ReplicaId,
  SIZES,
  type Status,
} from '../raft/index.ts';

export class ReplicaTrace {
  readonly #id: ReplicaId;
  readonly #note: (line: string) => void;
  /** What the last step left behind. */
  #commit: Index;

  constructor(note: (line: string) => void, { id, commit }: Status) {
    this.#note = (line) => {
      try {
        note(line);
      } catch {
        // A line that nobody wrote down is missing in the trace, and nowhere else.
      }
    };
    this.#id = id;
    this.#commit = commit;
  }

  /** Of what the replica itself does, around the core: `text` goes on after its number. */
  says(text: string): void {
    this.#note(`${this.#id} ${text}`);
  }

  /** What others did; what it leads to shows in the effects. */
  takes(input: Input): void {
    switch (input.type) {
      case 'message':
        return this.says(`receives ${describeMessage(input.message, SIZES)}`);
      case 'lost':
        return this.#note(`${describeMessage(input.message, SIZES)} (no reply)`);
      case 'tick':
      case 'propose':
      case 'read':
      case 'stored':
      case 'applied':
      case 'compact':
      case 'campaign':
      case 'transfer':
      case 'snapshot-chunk':
        return;
    }
  }

  steps(effects: Effects, after: Status): void {
    for (const line of describeEffects(effects, this.#commit, after, SIZES)) this.#note(line);
    this.#commit = after.commit;
  }

  sends(message: Message): void {
    this.#note(describeMessage(message, SIZES));
  }
}
