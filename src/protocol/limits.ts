/** What one request may hold. Both ends know these numbers, so that a client can refuse before it sends. */
export const LIMITS = {
  /** UTF-8 bytes of a key, after percent-decoding. */
  keyBytesMax: 512,
  /** Bytes of a value, also of the value that an append makes. */
  valueBytesMax: 1_048_576,
} as const;
