/** The only place where bytes are read and written. */
export { decodeBase64, encodeBase64 } from './base64.ts';
export { checksum } from './checksum.ts';
export { Codec } from './codec.ts';
export { fnv1a } from './fnv1a.ts';
export { FormatError } from './format-error.ts';
export { type KeyProblem, keyProblemWithin } from './key.ts';
export { ChunkBuilder, compareBytes, EMPTY_CHUNK, type EncodedRecord, readChunk } from './records.ts';
export { decodeRowChanges, encodeRowChanges, type RowChange, tryDecodeRowChanges } from './rows.ts';
export {
  bytes,
  type Described,
  dictionary,
  type Fields,
  flag,
  list,
  mapped,
  natural,
  naturalIn,
  naturalUpTo,
  oneOf,
  optional,
  type Shape,
  text,
  tuple,
  union,
  type VariantsOf,
} from './shapes.ts';
export {
  decodeLooseText,
  decodeText,
  encodeLooseText,
  encodeLooseTextInto,
  encodeText,
  isSurrogate,
  textByteLength,
} from './text.ts';
export { decodeVersionedValue, encodeVersionedValue, type VersionedValue } from './versioned-value.ts';
