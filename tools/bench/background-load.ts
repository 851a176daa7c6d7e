/** Clients that go on while something else happens: what they were served is looked at afterwards. */

import { LoadClient, type LoadRequest } from './load.ts';
import { percentile } from './statistics.ts';

export interface Served {
  readonly beganMs: number;
  readonly endedMs: number;
}

export interface BackgroundLoadOptions {
  readonly url: string;
  readonly clients: number;
  readonly nextRequest: () => LoadRequest;
}

/** A closed loop, as `runLoad`; it ends when it is told to. */
export class BackgroundLoad {
  readonly #served: Served[] = [];
  readonly #clients: readonly LoadClient[];
  readonly #loops: Promise<unknown>;
  #stopped = false;

  constructor({ url, clients, nextRequest }: BackgroundLoadOptions) {
    this.#clients = Array.from({ length: clients }, () => new LoadClient(url));
    const loop = async (client: LoadClient): Promise<void> => {
      while (!this.#stopped) {
        const beganMs = performance.now();
        await client.send(nextRequest());
        this.#served.push({ beganMs, endedMs: performance.now() });
      }
    };
    this.#loops = Promise.all(this.#clients.map(loop));
    // Told by `stop`; when the benchmark itself has failed, the clients fail too, and are not the reason.
    this.#loops.catch(() => {});
  }

  /** Operations that were answered in this time. */
  perSecond({ fromMs, toMs }: Window): number {
    const count = this.#served.filter(({ endedMs }) => endedMs > fromMs && endedMs <= toMs).length;
    return (1000 * count) / (toMs - fromMs);
  }

  /** Of the operations that were under way at any moment of this time; 50 is the median, 100 the longest. */
  durationMs({ fromMs, toMs }: Window, percent: number): number {
    const durations = this.#served
      .filter(({ beganMs, endedMs }) => endedMs > fromMs && beganMs <= toMs)
      .map(({ beganMs, endedMs }) => endedMs - beganMs);
    return percentile(
      durations.sort((a, b) => a - b),
      percent,
    );
  }

  /** Returns when the last answer has come. Fails if an answer was not the expected one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    try {
      await this.#loops;
    } finally {
      await Promise.all(this.#clients.map((client) => client.close()));
    }
  }
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time that some work takes. */
export async function windowOf(work: () => Promise<unknown>): Promise<Window> {
  const fromMs = performance.now();
  await work();
  return { fromMs, toMs: performance.now() };
}
