/**
 * Client ids as they leave the server and come back: an id of src/kv, a dot, and a signature. So sessions are opened by
 * those alone to whom an id was issued. Only the id goes on to the store.
 *
 * The signature is the first half of an HMAC with SHA-256 (RFC 2104 §5 lets it be shortened so far). The key is the
 * secret CLIENT_ID_KEY, if the deployment has one, or else one that the controller's group keeps.
 */

import { encodeText } from '../../src/codec/index.ts';
import type { CheckedClient } from './backends.ts';

const SIGNATURE_BYTES = 16;
const KEY_BYTES = 32;
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const;

type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface ClientIdParts {
  readonly secret: string | undefined;
  /** The key that the cluster keeps: the offered one if there was none. Undefined: nobody answers. */
  readonly keptKey: (offered: Uint8Array) => Promise<Uint8Array | undefined>;
}

export class ClientIds {
  readonly #parts: ClientIdParts;
  #key: SigningKey | undefined;

  constructor(parts: ClientIdParts) {
    this.#parts = parts;
  }

  /** Undefined: the key cannot be had just now. */
  async sign(id: string): Promise<string | undefined> {
    const key = await this.#signingKey();
    return key && `${id}.${await signature(key, id)}`;
  }

  async check(signed: string): Promise<CheckedClient> {
    const [id = '', claimed, ...more] = signed.split('.');
    if (claimed === undefined || more.length > 0) return { type: 'not-issued' };
    const key = await this.#signingKey();
    if (key === undefined) return { type: 'no-answer' };
    return isSame(claimed, await signature(key, id))
      ? { type: 'issued', client: id }
      : { type: 'not-issued' };
  }

  /**
   * Fetched by each request until one has it. The key is kept, and not the call for it: that belongs to the request that
   * made it, and those who waited for it would hang when its client leaves.
   */
  async #signingKey(): Promise<SigningKey | undefined> {
    this.#key ??= await this.#importKey().catch(() => undefined);
    return this.#key;
  }

  async #importKey(): Promise<SigningKey | undefined> {
    const { secret, keptKey } = this.#parts;
    const bytes = secret
      ? encodeText(secret)
      : await keptKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
    return bytes && crypto.subtle.importKey('raw', new Uint8Array(bytes), ALGORITHM, false, ['sign']);
  }
}

async function signature(key: SigningKey, id: string): Promise<string> {
  const mac = await crypto.subtle.sign(ALGORITHM.name, key, new Uint8Array(encodeText(id)));
  return base64Url(new Uint8Array(mac, 0, SIGNATURE_BYTES));
}

/** RFC 4648 §5, without padding: characters that a client id may have. */
export function base64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Takes as long wherever they differ, so that nobody finds a signature character by character. */
function isSame(claimed: string, right: string): boolean {
  let difference = claimed.length ^ right.length;
  for (let at = 0; at < right.length; at += 1) difference |= claimed.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}
