/** A group of replicas as they are deployed, in virtual time. The test asks its servers in bytes, as others do. */

import { REPLICA_ANSWER, type ReplicaAnswer, type ReplicaLimits } from '../../../../src/replica/index.ts';
import type { Opened, Server } from '../../../../src/store/index.ts';
import { Group, limitsFor, type ServerParts } from '../../../labs/group.ts';
import { createLabWorld } from '../../../labs/lab-world.ts';

export interface ServedGroupOptions<Result, Query, Answer> {
  readonly servers?: number;
  readonly limits?: Partial<ReplicaLimits>;
  readonly open: (parts: ServerParts, group: World) => Opened<Result, Query, Answer>;
}

type World = ReturnType<typeof createLabWorld>;

const PATIENCE_MS = 10_000;

export class ServedGroup<Result, Query, Answer> {
  readonly world: World;
  readonly group: Group<Result, Query, Answer>;
  readonly #servers = new Map<number, Server>();

  constructor({ servers = 3, limits, open }: ServedGroupOptions<Result, Query, Answer>) {
    this.world = createLabWorld(1, true);
    this.group = new Group(this.world, {
      name: 'group',
      servers,
      limits: { ...limitsFor(-1), ...limits },
      open: (parts, server) => {
        const opened = open(parts, this.world);
        this.#servers.set(server, opened.server);
        return opened;
      },
    });
  }

  run(durationMs: number): void {
    this.world.scheduler.runFor(durationMs);
  }

  until(condition: () => boolean): void {
    if (!this.world.scheduler.runUntilTrue(condition, PATIENCE_MS))
      throw new Error('it did not happen in time');
  }

  /** Waits for a leader that all know, and returns its number. */
  leader(): number {
    this.until(() => {
      const known = new Set(this.group.servers.map((server) => this.replica(server).leader));
      return this.group.leader !== undefined && known.size === 1;
    });
    return this.group.leader ?? 0;
  }

  follower(): number {
    const leader = this.leader();
    return this.group.servers.find((server) => server !== leader) ?? 0;
  }

  replica(server: number) {
    const replica = this.group.replica(server);
    if (replica === undefined) throw new Error(`server ${server} is down`);
    return replica;
  }

  /** Entries that were ever proposed to this leader, and no-ops. */
  logLength(server: number): number {
    return this.replica(server).status().last.index;
  }

  server(server: number): Server {
    const found = this.#servers.get(server);
    if (found === undefined) throw new Error(`there is no server ${server}`);
    return found;
  }

  /** Undefined when the answer is that there is none. */
  ask(server: number, path: string, body: Uint8Array = new Uint8Array(0)): Uint8Array | undefined {
    const answers: (Uint8Array | undefined)[] = [];
    this.server(server).handle(path, body, (answer) => answers.push(answer));
    this.until(() => answers.length > 0);
    this.run(100);
    if (answers.length !== 1) throw new Error(`${path} was answered ${answers.length} times`);
    return answers[0];
  }

  answer(server: number, path: string, body: Uint8Array): ReplicaAnswer<Uint8Array> {
    const answer = this.ask(server, path, body);
    if (answer === undefined) throw new Error(`${path} was not answered`);
    return REPLICA_ANSWER.decode(answer);
  }

  json(server: number, path: string): unknown {
    return JSON.parse(new TextDecoder().decode(this.ask(server, path)));
  }

  /** From now on it reaches nobody, and nobody reaches it. */
  cutOff(server: number): void {
    this.group.partition(this.group.servers.filter((other) => other !== server));
  }
}

/** Bytes that are almost `body`. */
export function almost(body: Uint8Array): readonly Uint8Array[] {
  const shorter = Array.from({ length: body.length }, (_, length) => body.subarray(0, length));
  const otherFormat = Uint8Array.of(((body[0] ?? 0) + 77) % 256, ...body.subarray(1));
  return [...shorter, Uint8Array.of(...body, 0), otherFormat];
}
