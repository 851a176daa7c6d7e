/** How long nobody is served after a leader's object has crashed: clients write all the time, and we watch. */

import { setTimeout as pause } from 'node:timers/promises';
import { crashLeader } from '../harness/leader.ts';
import { longestGapMs } from '../harness/service-gaps.ts';
import { SessionClient } from '../harness/session-client.ts';

export interface FailoverOptions {
  readonly url: string;
  readonly clients: number;
  readonly crashes: number;
  /** Between two crashes: time for the group to be whole again. */
  readonly settleMs: number;
  readonly onCrash: () => void;
}

/** The longest time without an acknowledgement around each crash. */
export async function measureFailover(options: FailoverOptions): Promise<readonly number[]> {
  const { url, crashes, settleMs } = options;
  const acknowledgedMs: number[] = [];
  let stopped = false;
  async function write(client: SessionClient, number: number): Promise<void> {
    while (!stopped) {
      await client.put(`failover-${number}`, 'x');
      acknowledgedMs.push(performance.now());
    }
  }
  const clients = await Promise.all(Array.from({ length: options.clients }, () => SessionClient.open(url)));
  const writers = Promise.all(clients.map(write));

  const gapsMs: number[] = [];
  for (let crash = 0; crash < crashes; crash += 1) {
    await pause(settleMs);
    const crashedMs = performance.now();
    await crashLeader(url);
    const acknowledged = acknowledgedMs.length;
    // The last answers of the crashed leader may still be on their way; more than those of all clients are not.
    while (acknowledgedMs.length <= acknowledged + 2 * options.clients) await pause(10);
    gapsMs.push(longestGapMs(acknowledgedMs, crashedMs));
    options.onCrash();
  }
  stopped = true;
  await writers;
  return gapsMs;
}
