/**
 * Clients that behave, beside those that do not: each writes keys of its own, one write at a time, and remembers what was
 * acknowledged. A write whose outcome is unknown leaves two values that are right.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { PATHS } from '../../src/protocol/index.ts';
import { readProblem } from '../harness/http-answers.ts';

const KEYS_EACH = 8;
const PAUSE_MS = 5;
const READ_TRIES = 50;
const RETRY_MS = 200;

interface Remembered {
  /** The last that was acknowledged, and those after it of which nobody knows. */
  possible: (string | undefined)[];
}

export class HonestClients {
  readonly #url: string;
  readonly #run: string;
  readonly #kept = new Map<string, Remembered>();
  readonly #clients: Promise<unknown>;
  readonly #wrong = new Set<string>();
  #acknowledged = 0;
  #stopped = false;

  constructor(url: string, clients: number, run: string) {
    this.#url = url;
    this.#run = run;
    this.#clients = Promise.all(Array.from({ length: clients }, (_, client) => this.#client(client)));
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Stops them, and looks whether all that was acknowledged is there. Returns what is wrong, in words. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await this.#clients;
    for (const [key, { possible }] of this.#kept) {
      const found = await this.#read(key);
      if (found.type === 'silent') this.#wrong.add(`${key} cannot be read at the end: ${found.label}`);
      else if (!possible.includes(found.value))
        this.#wrong.add(
          `${key} is ${found.value ?? 'absent'}, and was acknowledged as ${possible[0] ?? 'absent'}`,
        );
    }
    return [...this.#wrong];
  }

  async #client(client: number): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const key = `honest-${this.#run}-${client}-${number % KEYS_EACH}`;
      await this.#write(key, `${client}:${number}`);
      await pause(PAUSE_MS);
    }
  }

  async #write(key: string, value: string): Promise<void> {
    const kept = this.#kept.get(key) ?? { possible: [undefined] };
    this.#kept.set(key, kept);
    const response = await this.#fetch(key, { method: 'PUT', body: value });
    if (response?.status === 204) {
      this.#acknowledged += 1;
      kept.possible = [value];
      return;
    }
    const problem = response && (await readProblem(response));
    if (problem?.outcome !== 'not-executed') kept.possible.push(value);
    if (response !== undefined && problem?.status !== 503)
      this.#wrong.add(`an honest write was answered with ${response.status} ${problem?.code ?? ''}`);
  }

  async #read(
    key: string,
  ): Promise<
    | { readonly type: 'read'; readonly value: string | undefined }
    | { readonly type: 'silent'; readonly label: string }
  > {
    let label = 'no answer';
    for (let tries = 0; tries < READ_TRIES; tries += 1) {
      const response = await this.#fetch(key, {});
      if (response?.status === 200) return { type: 'read', value: await response.text() };
      if (response?.status === 404) return { type: 'read', value: undefined };
      label = `status ${response?.status ?? 'none'}`;
      await pause(RETRY_MS);
    }
    return { type: 'silent', label };
  }

  #fetch(key: string, init: RequestInit): Promise<Response | undefined> {
    return fetch(`${this.#url}${PATHS.kv}/${key}`, init).catch(() => undefined);
  }
}
