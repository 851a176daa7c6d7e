/**
 * Bytes in a text of ASCII (RFC 4648 §4), exactly: two texts stand for the same bytes only if they are the same text. So
 * there is one padding, no white space and no loose bits. The runtimes' own decoders are more lenient.
 */

import { decodeText } from './text.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
const NONE = 0xff;

const DIGITS = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const SEXTETS = new Uint8Array(128).fill(NONE);
for (const [sextet, digit] of DIGITS.entries()) SEXTETS[digit] = sextet;

export function encodeBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from;
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text[to] = DIGITS[bits >> 18] ?? 0;
    text[to + 1] = DIGITS[(bits >> 12) & 63] ?? 0;
    if (left > 1) text[to + 2] = DIGITS[(bits >> 6) & 63] ?? 0;
    if (left > 2) text[to + 3] = DIGITS[bits & 63] ?? 0;
  }
  return decodeText(text);
}

/** Undefined if the text is not what `encodeBase64` makes of some bytes. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let bits = 0;
  let to = 0;
  for (let at = 0; at < digits; at += 1) {
    const sextet = SEXTETS[text.charCodeAt(at)] ?? NONE;
    if (sextet === NONE) return undefined;
    bits = (bits << 6) | sextet;
    const phase = at % 4;
    if (phase === 0) continue;
    bytes[to] = bits >> (6 - 2 * phase);
    to += 1;
    bits &= (1 << (6 - 2 * phase)) - 1;
  }
  return bits === 0 ? bytes : undefined;
}
