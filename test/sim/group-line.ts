/** How somebody outside of a group asks it: who led last is asked first, and another one after a failure. */

import type { ReplicaId } from '../../src/raft/index.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Address } from './network.ts';
import type { Random } from './random.ts';

/** What replicas answer, and the ways in which they decline. */
interface Outcome {
  readonly type: string;
  readonly leader?: ReplicaId | undefined;
}

const DECLINED = ['not-leader', 'overloaded', 'stopped', 'unknown'] as const;
type Useful<Answer> = Exclude<Answer, { readonly type: (typeof DECLINED)[number] }>;
type Question<Answer> = (
  host: Host,
  isPinned: boolean,
  respond: (answer: Answer | undefined) => void,
) => void;

export class GroupLine {
  readonly #group: Group;
  readonly #from: Address;
  readonly #random: Random;
  #target: ReplicaId;

  constructor(group: Group, from: Address, random: Random) {
    this.#group = group;
    this.#from = from;
    this.#random = random;
    this.#target = random.pick(group.membership.voters);
    if (!group.outsiders.includes(from)) group.outsiders.push(from);
  }

  /** Asks once; undefined if there was no answer, or none that helps. */
  ask<Answer extends Outcome>(
    question: Question<Answer>,
    done: (answer: Useful<Answer> | undefined) => void,
  ): void {
    const { network, plan } = this.#group;
    const { requestLoss, replyLoss, duplicates } = network.plan;
    const target = this.#target;
    const isPinned = this.#random.chance(1, 2);
    network.call<Answer>({
      from: this.#from,
      to: target,
      timeoutMs: plan.raft.replyTimeoutMs,
      loss: requestLoss,
      replyLoss,
      duplicates,
      deliver: (respond) => question(this.#group.host(target), isPinned, respond),
      settle: (answer) => {
        if (answer !== undefined && isUseful(answer)) return done(answer);
        this.#target = answer?.leader ?? this.#random.pick(this.#group.membership.voters);
        done(undefined);
      },
    });
  }
}

function isUseful<Answer extends Outcome>(answer: Answer): answer is Useful<Answer> {
  return !DECLINED.some((type) => type === answer.type);
}
