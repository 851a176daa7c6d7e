import { clientIdRenewMs, DEFAULT_KV_SETTINGS, formatClientId, type Session } from '../src/kv/index.ts';

interface PooledClient {
  readonly client: string;
  readonly renewAtMs: number;
  sequence: number;
}

/** Idle clients that are kept; more than so many calls at once take clients that are forgotten afterwards. */
const IDLE_CLIENTS_MAX = 256;

/**
 * The router's own clients, so that what it resends for a caller without a session is executed once. A call borrows
 * one; its next call frees what the store keeps of the last. So the store holds a session per call at a time, not one
 * per call ever made.
 */
export class ClientPool {
  readonly #idle: PooledClient[] = [];

  async withSession<Outcome>(use: (session: Session) => Promise<Outcome>): Promise<Outcome> {
    const client = this.#take(Date.now());
    client.sequence += 1;
    try {
      return await use({ client: client.client, sequence: client.sequence });
    } finally {
      // Also after a call whose outcome is unknown: the next sequence number makes its late twin stale.
      if (this.#idle.length < IDLE_CLIENTS_MAX) this.#idle.push(client);
    }
  }

  #take(nowMs: number): PooledClient {
    for (let client = this.#idle.pop(); client !== undefined; client = this.#idle.pop()) {
      if (nowMs < client.renewAtMs) return client;
    }
    const renewAtMs = nowMs + clientIdRenewMs(DEFAULT_KV_SETTINGS);
    return { client: newClientId(nowMs), renewAtMs, sequence: 0 };
  }
}

export function newClientId(nowMs: number): string {
  return formatClientId(nowMs, crypto.randomUUID());
}
