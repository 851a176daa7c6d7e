/**
 * The clients that a store client lends to callers without a session of their own, so that what it resends for them is
 * executed once. A call borrows one; its next call frees what the store keeps of the last. So the store holds a session
 * for each call at a time, and not for each call ever made.
 */

import { ClientSession, type ClientSessionOptions } from './client-session.ts';

/** Idle clients that are kept; more than so many calls at once take clients that are forgotten afterwards. */
const IDLE_CLIENTS_MAX = 256;

export class SessionPool {
  readonly #options: ClientSessionOptions;
  readonly #idle: ClientSession[] = [];

  constructor(options: ClientSessionOptions) {
    this.#options = options;
  }

  take(): ClientSession {
    return this.#idle.pop() ?? new ClientSession(this.#options);
  }

  /** Also after a call whose outcome is unknown: the next sequence number makes its late twin stale. */
  give(client: ClientSession): void {
    if (this.#idle.length < IDLE_CLIENTS_MAX) this.#idle.push(client);
  }
}
