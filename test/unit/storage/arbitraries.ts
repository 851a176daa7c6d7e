import fc from 'fast-check';

/** Few keys, so that random turns meet; among them all that is awkward to order: NUL, prefixes, surrogate pairs. */
export const KEYS = [
  '',
  '\0',
  'a',
  'a\0',
  'a\0b',
  'ab',
  'b',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '😀',
  '\u{10ffff}',
];

export const arbitraryKey = fc.constantFrom(...KEYS);
/** Mostly small; large ones lie elsewhere on a disk. */
export const arbitraryValue = fc.oneof(
  { arbitrary: fc.uint8Array({ maxLength: 6 }), weight: 4 },
  { arbitrary: fc.uint8Array({ minLength: 2045, maxLength: 2051 }), weight: 1 },
);
export const arbitraryRange = fc.record({
  from: arbitraryKey,
  to: fc.option(arbitraryKey, { nil: undefined }),
});
export const arbitraryLimit = fc.record({
  rowsMax: fc.integer({ min: 1, max: 8 }),
  bytesMax: fc.integer({ min: 1, max: 40 }),
});
export const arbitraryChanges = fc
  .array(fc.tuple(arbitraryKey, fc.option(arbitraryValue, { nil: undefined })), { maxLength: 6 })
  .map((changes) => new Map(changes));
