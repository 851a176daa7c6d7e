/** What happens to bytes on their way: and what somebody might do to them who knows how they are made. */

import fc from 'fast-check';

export interface Mutation {
  readonly type:
    | 'flip'
    | 'set'
    | 'cut'
    | 'drop'
    | 'insert'
    | 'overwrite'
    | 'duplicate'
    | 'append'
    | 'replace';
  /** Modulo the length. */
  readonly at: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Pieces of CBOR that mean what shorter ones mean, or something that we never write; and texts that decoders change. */
const PIECES: readonly (readonly number[])[] = [
  [0x00],
  [0x18, 0x00],
  [0x18, 0x17],
  [0x19, 0x00, 0xff],
  [0x1a, 0x00, 0x00, 0xff, 0xff],
  [0x1b, 0, 0, 0, 0, 0, 0, 0, 1],
  [0x1b, 0x00, 0x20, 0, 0, 0, 0, 0, 0],
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x20],
  [0x40],
  [0x41, 0x00],
  [0x58, 0x01, 0x61],
  [0x5f, 0x41, 0x61, 0xff],
  [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x60],
  [0x61, 0x61],
  [0x80],
  [0x81],
  [0x98, 0x01],
  [0x9f, 0xff],
  [0x9b, 0, 0, 0, 1, 0, 0, 0, 0],
  [0xa0],
  [0xc0],
  [0xc2, 0x41, 0x01],
  [0xd9, 0xd9, 0xf7],
  [0xf4],
  [0xf5],
  [0xf6],
  [0xf7],
  [0xf8, 0x20],
  [0xf9, 0x3c, 0x00],
  [0xfa, 0x3f, 0x80, 0, 0],
  [0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xff],
  [0xef, 0xbb, 0xbf],
  [0x43, 0xef, 0xbb, 0xbf],
  [0x42, 0xc0, 0x80],
  [0x43, 0xed, 0xa0, 0x80],
];

/** `foreign`: bytes of other formats. */
export function arbitraryMutation(foreign: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Mutation> {
  const pieces = fc.constantFrom(...PIECES).map((piece) => Uint8Array.from(piece));
  return fc.record({
    type: fc.constantFrom<Mutation['type'][]>(
      'flip',
      'flip',
      'set',
      'set',
      'cut',
      'drop',
      'insert',
      'overwrite',
      'overwrite',
      'duplicate',
      'append',
      'replace',
    ),
    at: fc.nat(1000),
    length: fc.nat(12),
    bytes: fc.oneof(pieces, fc.uint8Array({ minLength: 1, maxLength: 10 }), foreign),
  });
}

export function mutated(whole: Uint8Array, { type, at: drawn, length, bytes }: Mutation): Uint8Array {
  const at = drawn % (whole.length + 1);
  const end = Math.min(whole.length, at + length);
  const before = whole.subarray(0, at);
  switch (type) {
    case 'flip':
      return whole.with(drawn % whole.length, (whole[drawn % whole.length] ?? 0) ^ (1 << (length % 8)));
    case 'set':
      return whole.with(drawn % whole.length, bytes[0] ?? 0);
    case 'cut':
      return before;
    case 'drop':
      return joined(before, whole.subarray(end));
    case 'insert':
      return joined(before, bytes, whole.subarray(at));
    case 'overwrite':
      return joined(before, bytes, whole.subarray(at + Math.max(1, length % (bytes.length + 1))));
    case 'duplicate':
      return joined(whole.subarray(0, end), whole.subarray(at));
    case 'append':
      return joined(whole, bytes);
    case 'replace':
      return length < 6 ? joined(whole.subarray(0, 1), bytes) : bytes;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
