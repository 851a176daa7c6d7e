/**
 * Who a client is to the store: a client id, and a number for each of its writes (sessions.ts in src/kv says why).
 *
 * Invariants:
 * client.N1  A session names one write: no two writes of one client have the same id and sequence.
 * client.N2  An id is replaced only between two writes, and when it is as old as `clientIdRenewMs`: so each write begins with
 *            at least half of the open window left.
 */

import { clientIdRenewMs, formatClientId, type KvSettings, type Session } from '../kv/index.ts';

export interface ClientSessionOptions {
  readonly settings: KvSettings;
  /** The random part of a client id: of `0-9 A-Z a-z _ -`, and never twice the same. */
  readonly uniquePart: () => string;
}

export class ClientSession {
  readonly #options: ClientSessionOptions;
  #client: string | undefined;
  #renewAtMs = 0;
  #sequence = 0;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
  }

  /** Names the next write. The one before it must have ended, or be given up. */
  next(nowMs: number): Session {
    if (this.#client === undefined || nowMs >= this.#renewAtMs) return this.renew(nowMs, nowMs);
    this.#sequence += 1;
    return { client: this.#client, sequence: this.#sequence };
  }

  /** Names the next write under a new id, issued at the time of a clock that may differ from the client's own. */
  renew(issuedAtMs: number, nowMs: number): Session {
    const { settings, uniquePart } = this.#options;
    this.#client = formatClientId(issuedAtMs, uniquePart());
    this.#renewAtMs = nowMs + clientIdRenewMs(settings);
    this.#sequence = 1;
    return { client: this.#client, sequence: this.#sequence };
  }
}
