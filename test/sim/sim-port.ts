/** The way of one party to the replicas of all groups: what `fetch` is to those who are deployed. */

import type { CallPort } from '../../src/client/index.ts';
import type { Host } from './host.ts';
import type { Address } from './network.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** How rough a way is. */
export interface Roughness {
  /** An attempt has failed after so long, however long its caller would wait. */
  readonly timeoutMs: number;
  /** Of 1000. */
  readonly requestLoss: number;
  readonly replyLoss: number;
  readonly duplicates: number;
}

export interface SimPortOptions {
  readonly world: World;
  readonly from: Address;
  readonly random: Random;
  readonly clock: { nowMs(): number; wallClockMs(): number };
  readonly roughness: (to: Host) => Roughness;
  /** What has come, or the time that has passed, for the party: it may wait with it, or have died. */
  readonly arrived: (happened: () => void) => void;
  /** How long so many milliseconds of the party's clock really are. */
  readonly real: (durationMs: number) => number;
}

export function simPort(options: SimPortOptions): CallPort {
  const { world, from, random, clock, roughness, arrived, real } = options;
  return {
    nowMs: () => clock.nowMs(),
    wallClockMs: () => clock.wallClockMs(),
    random: (bound) => random.below(bound),
    pause(durationMs, done) {
      world.scheduler.after(real(durationMs), () => arrived(done));
    },
    ask({ replica, path, body, timeoutMs }, done) {
      const host = world.directory.get(replica);
      if (host === undefined) throw new RangeError(`there is no replica ${replica}`);
      const { network, outsiders } = host.group;
      if (!outsiders.includes(from)) outsiders.push(from);
      const rough = roughness(host);
      const isPinned = random.chance(1, 2);
      network.call<Uint8Array>({
        from,
        to: host.id,
        timeoutMs: Math.min(real(timeoutMs), rough.timeoutMs),
        loss: rough.requestLoss,
        replyLoss: rough.replyLoss,
        duplicates: rough.duplicates,
        deliver: (respond) => host.ask(path, body, isPinned, respond),
        settle: (answer) => arrived(() => done(answer)),
      });
    },
  };
}
