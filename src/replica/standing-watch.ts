/** Watches whether the group knows this replica and its disk, and, at a leader, what becomes of those who are taken back. */

import type { Index, Raft, Readmission, ReplicaId } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';
import type { ReplicaTrace } from './replica-trace.ts';

interface Awaited {
  readonly readmission: Readmission;
  readonly done: (answer: ReplicaAnswer<Uint8Array>) => void;
}

export class StandingWatch {
  readonly #raft: Raft;
  readonly #id: ReplicaId;
  readonly #onForgetful: (() => void) | undefined;
  readonly #trace: ReplicaTrace | undefined;
  #wasTold = false;
  #awaited: readonly Awaited[] = [];

  constructor(raft: Raft, id: ReplicaId, onForgetful?: () => void, trace?: ReplicaTrace) {
    this.#raft = raft;
    this.#id = id;
    this.#onForgetful = onForgetful;
    this.#trace = trace;
  }

  /** Without it, this replica's state may lack what the group has acknowledged long ago. */
  get hasPast(): boolean {
    return this.#raft.standingOf(this.#id) === 'member';
  }

  /** Each is called once (replica.A3). */
  await(readmission: Readmission, done: Awaited['done']): void {
    this.#awaited = [...this.#awaited, { readmission, done }];
  }

  /** After each step. */
  settle(applied: Index): void {
    if (!this.#wasTold && this.#raft.standingOf(this.#id) === 'forgetful') {
      this.#wasTold = true;
      this.#trace?.says('has lost its past: the group knows another disk under its number');
      this.#onForgetful?.();
    }
    if (this.#awaited.length === 0) return;
    const answers = this.#awaited.map((one) => ({
      ...one,
      answer: this.#answerFor(one.readmission, applied),
    }));
    this.#awaited = answers.filter(({ answer }) => answer === undefined);
    for (const { done, answer } of answers) if (answer !== undefined) done(answer);
  }

  abandon(): void {
    for (const { done } of this.#awaited) done({ type: 'unknown', leader: undefined });
    this.#awaited = [];
  }

  /** Undefined: it is under way. */
  #answerFor(readmission: Readmission, index: Index): ReplicaAnswer<Uint8Array> | undefined {
    const { leader } = this.#raft;
    if (this.#raft.role !== 'leader') return { type: 'unknown', leader };
    const standing = this.#raft.standingOf(readmission.replica);
    if (standing === 'readmitted') return undefined;
    // A leader may know of the disk from an earlier one's entry, and have heard nothing from it yet.
    return standing === 'member' && this.#raft.knows(readmission)
      ? { type: 'done', index, result: new Uint8Array(0), ageMsMax: undefined }
      : { type: 'overloaded' };
  }
}
