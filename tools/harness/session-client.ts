import { setTimeout as pause } from 'node:timers/promises';
import { HEADERS, PATHS } from '../../src/protocol/index.ts';
import type { KeyValueInput, KeyValueOutput } from '../checker/index.ts';
import { keyPath } from './http-answers.ts';

/** Longer than the router looks for a leader, so that its answer comes first. */
const ANSWER_TIMEOUT_MS = 20_000;
const RESEND_PAUSE_MS = 20;

/**
 * A client with a session: one operation at a time, sent again until it is answered. The store executes it once,
 * because each attempt bears the same client and sequence.
 */
export class SessionClient {
  readonly #url: string;
  readonly #client: string;
  #sequence = 0;

  private constructor(url: string, client: string) {
    this.#url = url;
    this.#client = client;
  }

  static async open(url: string): Promise<SessionClient> {
    const response = await untilAnswered(() => fetch(`${url}${PATHS.sessions}`, { method: 'POST' }));
    const { client } = (await response.json()) as { readonly client: string };
    return new SessionClient(url, client);
  }

  put(key: string, value: string): Promise<void> {
    return this.#write('PUT', key, value).then(() => {});
  }

  /** The value that was there before; null if there was none; undefined if it was resent, and the store keeps none. */
  async append(key: string, value: string): Promise<string | null | undefined> {
    const response = await this.#write('POST', key, value);
    const previous = await response.text();
    switch (response.headers.get(HEADERS.previous)) {
      case 'absent':
        return null;
      case 'not-kept':
        return undefined;
      default:
        return previous;
    }
  }

  delete(key: string): Promise<void> {
    return this.#write('DELETE', key).then(() => {});
  }

  /** Null if there is no value. */
  async get(key: string): Promise<string | null> {
    const response = await untilAnswered(() => this.#send('GET', key, {}));
    const text = await response.text();
    return response.status === 404 ? null : text;
  }

  #write(method: 'PUT' | 'POST' | 'DELETE', key: string, body: string | null = null): Promise<Response> {
    this.#sequence += 1;
    const headers = { [HEADERS.client]: this.#client, [HEADERS.sequence]: String(this.#sequence) };
    return untilAnswered(() => this.#send(method, key, { headers, body }));
  }

  #send(method: string, key: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    return fetch(`${this.#url}${keyPath(PATHS.kv, key)}`, { ...init, method, signal });
  }
}

/** What a history says of an append, by what it was answered. */
export function appended(
  key: string,
  value: string,
  previous: string | null | undefined,
): { readonly input: KeyValueInput; readonly output: KeyValueOutput } {
  return previous === undefined
    ? { input: { type: 'append', key, value }, output: null }
    : { input: { type: 'append-old', key, value }, output: previous };
}

/** Goes on through refused and broken connections, and through answers that say "later". */
async function untilAnswered(send: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await send().catch(() => undefined);
    if (response !== undefined && (response.ok || response.status === 404)) return response;
    const problem = await response?.text().catch(() => '');
    if (response !== undefined && response.status < 500) throw new Error(`refused for good: ${problem}`);
    await pause(RESEND_PAUSE_MS);
  }
}
