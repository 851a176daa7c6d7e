/**
 * Texts as bytes, exactly: UTF-8 (RFC 3629) without a byte order mark's special treatment, without replacements.
 *
 * codec.T1  Two texts have the same bytes only if they are the same text, U+FEFF in front included.
 * codec.T2  Bytes that are no UTF-8, and texts with half of a surrogate pair, are refused and never repaired.
 */

import { FormatError } from './format-error.ts';

const encoder = new TextEncoder();
const exactDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const repairingDecoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Most texts are short and ASCII, and a call of the runtime's coders takes longer than a loop over so many bytes. */
const SHORT = 64;

/** Throws `FormatError` if the text has half of a surrogate pair: UTF-8 has no form for it. */
export function encodeText(text: string): Uint8Array {
  const ascii = text.length <= SHORT ? encodeAscii(text) : undefined;
  if (ascii !== undefined) return ascii;
  if (!text.isWellFormed()) throw new FormatError('a text has half of a surrogate pair');
  return encoder.encode(text);
}

/** Throws `FormatError` if the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  const ascii = bytes.length <= SHORT ? decodeAscii(bytes) : undefined;
  if (ascii !== undefined) return ascii;
  try {
    return exactDecoder.decode(bytes);
  } catch {
    throw new FormatError('the bytes are not UTF-8');
  }
}

/** The length of `encodeText(text)` in bytes, without making it. */
export function textByteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // A surrogate is one of the two units that stand for four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate(unit) ? 1 : 2;
  }
  return bytes;
}

export function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** For text that a user's program made and that is no key: half of a surrogate pair becomes U+FFFD. */
export function encodeLooseText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The same at the beginning of `bytes`, which have room for it; says how many bytes the text took. */
export function encodeLooseTextInto(text: string, bytes: Uint8Array): number {
  return encoder.encodeInto(text, bytes).written;
}

/** For files of users: what is not UTF-8 becomes U+FFFD. */
export function decodeLooseText(bytes: Uint8Array): string {
  return repairingDecoder.decode(bytes);
}

function encodeAscii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return undefined;
    bytes[at] = unit;
  }
  return bytes;
}

function decodeAscii(bytes: Uint8Array): string | undefined {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
