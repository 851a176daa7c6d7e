/**
 * The clients that a store client lends to callers without a session of their own, so that what it resends for them is
 * executed once. A call borrows one; its next call frees what the store keeps of the last. Each client keeps to one
 * shard: so a shard holds a session for each call at a time, and not one for each client of the router, which would be a
 * row to write with nearly every call.
 */

import type { ShardId } from '../shard/index.ts';
import { ClientSession, type ClientSessionOptions } from './client-session.ts';

/** Idle clients that are kept, of all shards and of one; more calls at once take clients that are forgotten afterwards. */
const IDLE_CLIENTS_MAX = 4096;
const IDLE_CLIENTS_OF_SHARD_MAX = 256;

export class SessionPool {
  readonly #options: ClientSessionOptions;
  readonly #idle = new Map<ShardId, ClientSession[]>();
  #idleCount = 0;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
  }

  take(shard: ShardId): ClientSession {
    const client = this.#idle.get(shard)?.pop();
    if (client === undefined) return new ClientSession(this.#options);
    this.#idleCount -= 1;
    return client;
  }

  /** Also after a call whose outcome is unknown: the next sequence number makes its late twin stale. */
  give(shard: ShardId, client: ClientSession): void {
    const others = this.#idle.get(shard) ?? [];
    if (this.#idleCount >= IDLE_CLIENTS_MAX || others.length >= IDLE_CLIENTS_OF_SHARD_MAX) return;
    others.push(client);
    this.#idle.set(shard, others);
    this.#idleCount += 1;
  }
}
