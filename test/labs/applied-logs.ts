/**
 * What the course's appliers check on every message, with a record of all that each server ever applied:
 *
 * A1  No two servers apply different commands at one index, now or after any restart.
 * A2  Commands come in order; in snapshot mode each exactly one after the last.
 * A3  A snapshot holds what was applied, and never moves a server backwards.
 */

import { decode, encode } from 'cborg';
import { asIndex, type Index } from '../../src/raft/index.ts';
import { check } from './lab-test.ts';
import type { ApplyMessage } from './raft-host.ts';

export type Command = number | string;

export const encodeCommand = (command: Command): Uint8Array => encode(command);

/** In snapshot mode a server makes one whenever this many commands were applied since the last. */
const SNAPSHOT_INTERVAL = 10;

interface AppliedLog {
  /** The command at index i is at i; 0 stays empty. */
  commands: Map<number, Command>;
  lastApplied: Index;
}

export class AppliedLogs {
  readonly #inSnapshotMode: boolean;
  readonly #logs: readonly AppliedLog[];
  /** What any server ever applied: the servers' own logs shrink to a snapshot when they restart. */
  readonly #agreed = new Map<number, Command>();

  constructor(servers: number, inSnapshotMode: boolean) {
    this.#inSnapshotMode = inSnapshotMode;
    this.#logs = Array.from({ length: servers }, () => ({ commands: new Map(), lastApplied: asIndex(0) }));
  }

  get lastIndex(): number {
    return this.#agreed.size;
  }

  /** How many servers have applied this index, and what. */
  committed(index: number): { readonly servers: number; readonly command: Command | undefined } {
    const servers = this.#logs.filter(({ commands }) => commands.has(index)).length;
    return { servers, command: this.#agreed.get(index) };
  }

  /** A new incarnation begins with its snapshot, or applies all from the first index again. */
  restart(server: number, snapshot: Uint8Array | undefined): void {
    this.#of(server).lastApplied = asIndex(0);
    if (snapshot !== undefined) this.#restore(server, snapshot, undefined);
  }

  /** Returns the snapshot that this server's service takes now, if it is time. */
  apply(server: number, message: ApplyMessage): Uint8Array | undefined {
    switch (message.type) {
      case 'snapshot':
        check(this.#inSnapshotMode, `A3: server ${server} got a snapshot that nobody made`);
        this.#restore(server, message.data, message.index);
        return undefined;
      case 'command': {
        this.#record(server, message.index, decode(message.payload));
        const isTime = this.#inSnapshotMode && (message.index + 1) % SNAPSHOT_INTERVAL === 0;
        return isTime ? this.#snapshot(server, message.index) : undefined;
      }
    }
  }

  #record(server: number, index: Index, command: Command): void {
    const log = this.#of(server);
    check(index === log.lastApplied + 1, `A2: server ${server} applied ${index} after ${log.lastApplied}`);
    const agreed = this.#agreed.get(index);
    check(
      agreed === undefined || agreed === command,
      `A1: server ${server} applied ${String(command)} at ${index}, where another applied ${String(agreed)}`,
    );
    this.#agreed.set(index, command);
    log.commands.set(index, command);
    log.lastApplied = index;
  }

  #snapshot(server: number, index: Index): Uint8Array {
    const { commands } = this.#of(server);
    return encode([index, Array.from({ length: index }, (_, at) => commands.get(at + 1) ?? null)]);
  }

  #restore(server: number, snapshot: Uint8Array, index: Index | undefined): void {
    const [through, commands]: [Index, Command[]] = decode(snapshot);
    const log = this.#of(server);
    check(index === undefined || index === through, `A3: the snapshot at ${index} is one at ${through}`);
    check(through >= log.lastApplied, `A3: server ${server} went back from ${log.lastApplied} to ${through}`);
    for (const [at, command] of commands.entries()) {
      check(
        this.#agreed.get(at + 1) === command,
        `A3: the snapshot of server ${server} differs at ${at + 1}`,
      );
    }
    log.commands = new Map(commands.map((command, at) => [at + 1, command]));
    log.lastApplied = through;
  }

  #of(server: number): AppliedLog {
    const log = this.#logs[server];
    check(log !== undefined, `there is no server ${server}`);
    return log;
  }
}
