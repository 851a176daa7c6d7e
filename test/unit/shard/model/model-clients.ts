/**
 * Clients that resend what was not answered, to any group, and a reference that executes each command once, when it is
 * first executed by any group. At most one group serves a key at a time, so their order is the order of the model.
 */

import {
  type Command,
  type CommandReply,
  formatClientId,
  type QueryResult,
  SESSION_COMMAND,
  type Session,
} from '../../../../src/kv/index.ts';
import { type GroupId, NOBODY, type StoreAnswer, type StoreResult } from '../../../../src/shard/index.ts';
import { ensure } from './model-failure.ts';
import { shardOfKey } from './model-group.ts';

export const MODEL_TIME_MS = 1_000_000;

export interface ModelCall {
  readonly session: Session;
  readonly command: Command;
}

interface ModelClient {
  readonly client: string;
  sequence: number;
  ongoing: ModelCall | undefined;
  /** Who serves the shard of the call, as the group said that was asked last. */
  hint: GroupId | undefined;
  lastDone: ModelCall | undefined;
}

export class ModelClients {
  readonly #clients: readonly ModelClient[];
  /** What each key must hold; absent keys have no entry. */
  readonly #values = new Map<string, string>();
  /** The version of the last write in each shard. */
  readonly #revisions = new Map<number, number>();
  /** The reply of each execution, by client and sequence. */
  readonly #replies = new Map<string, CommandReply>();

  constructor(count: number) {
    this.#clients = Array.from({ length: count }, (_, number) => ({
      client: formatClientId(MODEL_TIME_MS, `client${number}`),
      sequence: 0,
      ongoing: undefined,
      hint: undefined,
      lastDone: undefined,
    }));
  }

  get executions(): number {
    return this.#replies.size;
  }

  /** A client's call that is not answered yet; a new one if it has none. */
  call(number: number, type: Command['type'], key: string): ModelCall {
    const client = this.#at(number);
    if (client.ongoing === undefined) {
      client.sequence += 1;
      const session = { client: client.client, sequence: client.sequence };
      const value = new TextEncoder().encode(`${session.client}.${session.sequence};`);
      client.ongoing = { session, command: type === 'delete' ? { type, key } : { type, key, value } };
    }
    return client.ongoing;
  }

  hintFor({ session }: ModelCall): GroupId | undefined {
    return this.#of(session).hint;
  }

  /** The last calls of all clients: those that were answered, and those that were not. */
  lastCalls(): readonly ModelCall[] {
    return this.#clients.flatMap(({ ongoing, lastDone }) => ongoing ?? lastDone ?? []);
  }

  /** Judges what a group answered to a command, and tells the client unless the reply is lost. */
  answered(call: ModelCall, result: StoreResult, isLost: boolean): void {
    const { session, command } = call;
    const name = `${session.client}/${session.sequence}`;
    const client = this.#of(session);
    if (result.type === 'wrong-group') {
      client.hint = result.owner === NOBODY ? undefined : result.owner;
      return;
    }
    if (result.type === 'sequence-stale') {
      ensure(session.sequence < client.sequence, `${name} is under way, and was answered as long past`);
      return;
    }
    ensure('version' in result, `${name} was answered with ${result.type}`);
    const before = this.#replies.get(name);
    if (before === undefined) {
      this.#execute(name, command, result);
      this.#replies.set(name, result);
    } else {
      ensure(isEqual(before, result), `${name} was executed twice: ${show(before)}, then ${show(result)}`);
    }
    if (isLost || client.ongoing?.session.sequence !== session.sequence) return;
    client.lastDone = client.ongoing;
    client.ongoing = undefined;
  }

  read(key: string, answer: StoreAnswer): void {
    if (answer.type === 'wrong-group') return;
    ensure(answer.type === 'found' || answer.type === 'absent', `a get was answered with ${answer.type}`);
    const expected = this.#values.get(key);
    ensure(textOf(answer) === expected, `${key} is ${textOf(answer)}, and should be ${expected}`);
  }

  #execute(name: string, command: Command, reply: CommandReply): void {
    const { key } = command;
    const previous = this.#values.get(key);
    const version = 1 + (this.#revisions.get(shardOfKey(key)) ?? 0);
    ensure(
      'version' in reply && reply.version === version,
      `${name} did not get version ${version} of its shard`,
    );
    this.#revisions.set(shardOfKey(key), version);
    switch (command.type) {
      case 'put':
        ensure(reply.type === 'written', `${name} was answered with ${reply.type}`);
        this.#values.set(key, decode(command.value));
        return;
      case 'append': {
        ensure(reply.type === 'appended', `${name} was answered with ${reply.type}`);
        const found = reply.previous.type === 'present' ? decode(reply.previous.value) : undefined;
        ensure(found === previous, `${name} found ${found} in ${key}, and should have found ${previous}`);
        this.#values.set(key, (previous ?? '') + decode(command.value));
        return;
      }
      case 'delete':
        ensure(reply.type === 'deleted', `${name} was answered with ${reply.type}`);
        ensure(reply.existed === (previous !== undefined), `${name} lost or invented ${key}`);
        this.#values.delete(key);
    }
  }

  #of(session: Session): ModelClient {
    const client = this.#clients.find((each) => each.client === session.client);
    ensure(client !== undefined, `nobody is called ${session.client}`);
    return client;
  }

  #at(number: number): ModelClient {
    const client = this.#clients[number % this.#clients.length];
    ensure(client !== undefined, 'there are no clients');
    return client;
  }
}

export function encodeCall(call: ModelCall): Uint8Array {
  return SESSION_COMMAND.encode(call);
}

function textOf(result: QueryResult): string | undefined {
  return result.type === 'found' ? decode(result.value) : undefined;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isEqual(one: CommandReply, other: CommandReply): boolean {
  return show(one) === show(other);
}

function show(reply: CommandReply): string {
  return JSON.stringify(reply, (_, value) => (value instanceof Uint8Array ? decode(value) : value));
}
