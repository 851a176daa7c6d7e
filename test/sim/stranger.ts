/**
 * A party of another version, or a broken one, that gets commands into the log which nobody can read: past the endpoints,
 * which would refuse them, as a newer leader might. One seed in so many has one. It draws from a generator of its own, so
 * that all other seeds stay as they are. It also tells leaders that their group was declared lost, which is not so.
 */

import { REPLICA_PATHS } from '../../src/replica/index.ts';
import { SHARD_REQUEST } from '../../src/shard/index.ts';
import type { Group } from './group.ts';
import { Random } from './random.ts';

const ONE_SEED_IN = 6;
const PAUSE_MS = [300, 2500] as const;
/** Formats that a group of some kind knows; what follows is no value of any. */
const FORMATS = [1, 2, 0x84, 0x84, 0x99] as const;

const LIE = SHARD_REQUEST.encode({ type: 'lost', configuration: 1_000_000 });

export class Stranger {
  readonly #group: Group;
  readonly #random: Random;
  #campaign = 0;
  #count = 0;

  constructor(group: Group, number: number) {
    this.#group = group;
    this.#random = new Random(group.plan.seed * 31 + number);
  }

  /** Until `stop`, if the seed has one. */
  start(): void {
    if (this.#group.plan.seed % ONE_SEED_IN === 0) this.#plot(this.#campaign);
  }

  stop(): void {
    this.#campaign += 1;
  }

  #plot(campaign: number): void {
    this.#group.scheduler.after(this.#random.between(...PAUSE_MS), () => {
      if (campaign !== this.#campaign) return;
      this.#count += 1;
      const command = Uint8Array.of(this.#random.pick(FORMATS), 0x82, this.#count % 24, 0xf6);
      const leader = this.#group.hosts.find(({ isLeader }) => isLeader);
      leader?.current?.propose(command, (outcome) => this.#judge(outcome));
      // No controller has said so: whoever believed it would serve nothing from now on.
      leader?.current?.ask(REPLICA_PATHS.shard, LIE, () => {});
      this.#plot(campaign);
    });
  }

  /** It may have been refused before it was proposed, or lost; what became of it in the log is a refusal. */
  #judge(outcome: string): void {
    const { marks, verdict } = this.#group;
    if (outcome === 'done unreadable') marks.add('refused a command that nobody can read');
    else if (outcome.startsWith('done')) {
      verdict.fail('what nobody can read is refused', `such a command was answered: ${outcome}`);
    }
  }
}
