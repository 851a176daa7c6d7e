/** The way of one party (a clerk, a replica that moves shards) to one group: it looks for whoever can answer. */

import { decodeReplicaAnswer, type ReplicaAnswer } from '../../../src/protocol/index.ts';
import type { Random } from '../../sim/random.ts';
import { check } from '../lab-test.ts';
import type { LabWorld } from '../lab-world.ts';
import type { ClientEnd } from '../network.ts';
import { type Process, sleep } from '../process.ts';

const PAUSE_MS = { from: 5, to: 50 } as const;
/** Two replicas may each believe that the other leads. */
const EAGER_REDIRECTS_MAX = 2;

export type Answered = Extract<ReplicaAnswer, { type: 'done' | 'wrong-group' }>;

export class GroupLine {
  readonly #world: LabWorld;
  readonly #random: Random;
  readonly #ends: readonly ClientEnd[];
  /** The server that is believed to lead. */
  #target = 0;

  /** `servers` by their names on the network; replica 1 is the first of them. */
  constructor(world: LabWorld, servers: readonly string[], random: Random) {
    this.#world = world;
    this.#random = random;
    this.#ends = servers.map((server) => {
      const end = world.network.makeEnd(server);
      end.isEnabled = true;
      return end;
    });
  }

  /** Whoever used it has crashed. */
  cut(): void {
    for (const end of this.#ends) end.isEnabled = false;
  }

  /** Undefined if nobody has answered in time; then it may have been executed, or still be. */
  *ask(path: string, body: Uint8Array, patienceMs: number): Process<Answered | undefined> {
    const { scheduler } = this.#world;
    const untilMs = scheduler.nowMs + patienceMs;
    let redirects = 0;
    while (scheduler.nowMs < untilMs) {
      const asked = this.#target;
      const answer = yield* this.#askOnce(asked, path, body);
      if (answer?.type === 'done' || answer?.type === 'wrong-group') return answer;
      const isHinted = this.#follow(asked, answer);
      redirects = isHinted ? redirects + 1 : 0;
      if (isHinted && redirects <= EAGER_REDIRECTS_MAX) continue;
      yield* sleep(scheduler, this.#random.between(PAUSE_MS.from, PAUSE_MS.to));
    }
    return undefined;
  }

  /** Moves the hint on; returns whether somebody else is known to lead. */
  #follow(asked: number, answer: ReplicaAnswer | undefined): boolean {
    const leader = answer !== undefined && 'leader' in answer ? answer.leader : undefined;
    const isHinted = leader !== undefined && leader - 1 !== asked;
    this.#target = isHinted ? leader - 1 : (asked + 1) % this.#ends.length;
    return isHinted;
  }

  *#askOnce(server: number, path: string, body: Uint8Array): Process<ReplicaAnswer | undefined> {
    const end = this.#ends[server];
    check(end !== undefined, `there is no server ${server}`);
    let answer: ReplicaAnswer | undefined;
    yield (resume) =>
      end.call(path, body, (reply) => {
        answer = reply && decodeReplicaAnswer(reply);
        resume();
      });
    return answer;
  }
}
