/** What the clients of more than one benchmark ask for. */

import { PATHS } from '../../src/protocol/index.ts';
import { keyPath } from '../harness/http-answers.ts';
import type { LoadRequest } from './load.ts';

/** 100 bytes. */
export const SMALL_VALUE = new Uint8Array(100).fill(0x61);

const PUTS_AT_ONCE = 4;

/** Gives each key this value. */
export async function putAll(url: string, keys: readonly string[], value: Uint8Array): Promise<void> {
  const rest = keys.values();
  async function putRest(): Promise<void> {
    for (const key of rest) await put(url, key, value);
  }
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, putRest));
}

export async function put(url: string, key: string, value: Uint8Array): Promise<void> {
  const response = await fetch(`${url}${keyPath(PATHS.kv, key)}`, { method: 'PUT', body: value });
  if (!response.ok) throw new Error(`${key} could not be written: ${response.status}`);
}

/** Half puts, half linearizable gets; of keys that have a value. */
export function mixedRequest(keys: readonly string[]): LoadRequest {
  const path = keyPath(PATHS.kv, keys[Math.floor(Math.random() * keys.length)] ?? '');
  return Math.random() < 0.5
    ? { method: 'PUT', path, body: SMALL_VALUE, expectedStatus: 204 }
    : { method: 'GET', path, expectedStatus: 200 };
}

export function numberedKeys(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => `${prefix}-${number}`);
}
