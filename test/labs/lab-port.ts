/** The way of one party to the servers of a test, and of servers to those who ask them: what `fetch` is when deployed. */

import type { CallPort } from '../../src/client/index.ts';
import { REPLICA_PATHS } from '../../src/replica/index.ts';
import type { Server as StoreServer } from '../../src/store/index.ts';
import type { Random } from '../sim/random.ts';
import { type LabWorld, wallClockMs } from './lab-world.ts';
import type { ClientEnd, Handler, Server } from './network.ts';

export interface LabPort extends CallPort {
  /** From now on it reaches these servers, and no others. Until then it reaches all. */
  connect(servers: readonly string[]): void;
  /** Whoever used it has crashed: nothing leaves any more, and nothing that was asked for comes. */
  close(): void;
}

/** A handler has to answer; these bytes say that it has nothing to say. */
export const NOTHING = new Uint8Array(0);

export function labPort(world: LabWorld, random: Random): LabPort {
  const { scheduler, network } = world;
  const ends = new Map<string, ClientEnd>();
  let reached: readonly string[] | undefined;
  let isClosed = false;
  const enable = (end: ClientEnd): void => {
    end.isEnabled = !isClosed && (reached === undefined || reached.includes(end.server));
  };
  const endTo = (server: string): ClientEnd => {
    const known = ends.get(server);
    if (known !== undefined) return known;
    const end = network.makeEnd(server);
    enable(end);
    ends.set(server, end);
    return end;
  };
  return {
    nowMs: () => scheduler.nowMs,
    wallClockMs: () => wallClockMs(world),
    random: (bound) => random.below(bound),
    pause(durationMs, done) {
      scheduler.after(durationMs, () => {
        if (!isClosed) done();
      });
    },
    ask({ replica, path, body, timeoutMs }, done) {
      let isOpen = true;
      const settle = (answer: Uint8Array | undefined): void => {
        if (!isOpen || isClosed) return;
        isOpen = false;
        done(answer);
      };
      if (Number.isFinite(timeoutMs)) scheduler.after(timeoutMs, () => settle(undefined));
      endTo(replica).call(path, body, (reply) => settle(heard(reply)));
    },
    connect(servers) {
      reached = servers;
      for (const end of ends.values()) enable(end);
    },
    close() {
      isClosed = true;
      for (const end of ends.values()) enable(end);
    },
  };
}

/** What is deployed, as a server on the network. */
export function serverOf(deployed: StoreServer): Server {
  const handler =
    (path: string): Handler =>
    (request, reply) =>
      deployed.handle(path, request, (answer) => reply(answer ?? NOTHING));
  return serverWith(handler);
}

/** A server with all that a replica may be asked. */
export function serverWith(handler: (path: string) => Handler): Server {
  return Object.fromEntries(Object.values(REPLICA_PATHS).map((path) => [path, handler(path)]));
}

/** A reply as its caller takes it: undefined if there is none, or it says nothing. */
export function heard(reply: Uint8Array | undefined): Uint8Array | undefined {
  return reply === undefined || reply.byteLength === 0 ? undefined : reply;
}
