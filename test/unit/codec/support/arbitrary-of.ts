/** Values of a described shape, and the texts and items that they are made of: mostly the awkward ones. */

import fc from 'fast-check';
import { encodeItem, type Item } from '../../../../src/codec/cbor.ts';
import { FormatError, type Shape } from '../../../../src/codec/index.ts';

/** Where CBOR's integers grow a byte, and where numbers stop being exact. */
const NATURAL_EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
const ITEMS_MAX = 4;

/** What decoders like to drop, fold, repair or stop at. */
export const AWKWARD_CHARACTERS = [
  '\ufeff',
  '\0',
  'e\u0301',
  '\u00e9',
  '\ufffd',
  '\ufffe',
  '\uffff',
  '\u{10ffff}',
  '\u{1f511}',
  '\u0085',
  '\ud7ff',
  '\ue000',
  '/',
  '.',
  '%',
] as const;

/** Well-formed. */
export const arbitraryText: fc.Arbitrary<string> = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...AWKWARD_CHARACTERS),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 6,
});

export const arbitraryBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 8 });

export const arbitraryItem: fc.Arbitrary<Item> = fc.letrec<{ item: Item; leaf: Item; list: readonly Item[] }>(
  (tie) => ({
    item: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('list')),
    leaf: fc.oneof(
      arbitraryNatural(0, Number.MAX_SAFE_INTEGER),
      fc.boolean(),
      fc.constant(null),
      arbitraryBytes,
    ),
    list: fc.array(tie('item'), { maxLength: ITEMS_MAX }),
  }),
).item;

export function arbitraryOf<Value>(shape: Shape<Value>): fc.Arbitrary<Value> {
  // What comes is described by the shape alone.
  return valuesOf(shape as Shape<unknown>) as fc.Arbitrary<Value>;
}

function valuesOf({ kind }: Shape<unknown>): fc.Arbitrary<unknown> {
  switch (kind.type) {
    case 'natural':
      return arbitraryNatural(kind.min, kind.max);
    case 'bytes':
      return arbitraryBytes;
    case 'text':
      return arbitraryText;
    case 'flag':
      return fc.boolean();
    case 'one-of':
      return fc.constantFrom(...kind.texts);
    case 'optional':
      return fc.option(valuesOf(kind.shape), { nil: undefined });
    case 'list':
      return lists(kind.shape, Math.min(kind.lengthMax, ITEMS_MAX));
    case 'tuple':
      return fc.record(valuesOfEach(kind.fields));
    case 'union': {
      const variants = Object.entries(kind.variants);
      return fc.oneof(
        ...variants.map(([type, fields]) => fc.record({ type: fc.constant(type), ...valuesOfEach(fields) })),
      );
    }
    case 'mapped':
      return valuesOf(kind.shape)
        .map((plain) => accepted(kind.from, plain))
        .filter((found) => found !== undefined)
        .map(({ value }) => value);
  }
}

function valuesOfEach(
  fields: Readonly<Record<string, Shape<unknown>>>,
): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, valuesOf(shape)]));
}

/** Half of them in order and without doubles: few others are taken where the order is a rule. */
function lists(shape: Shape<unknown>, maxLength: number): fc.Arbitrary<readonly unknown[]> {
  const values = valuesOf(shape);
  const bytesOf = (value: unknown): string => Buffer.from(encodeItem(shape.pack(value))).toString('latin1');
  const inOrder = fc
    .uniqueArray(values, { selector: bytesOf, maxLength })
    .map((items) => items.toSorted((one, other) => (bytesOf(one) < bytesOf(other) ? -1 : 1)));
  return fc.oneof(fc.array(values, { maxLength }), inOrder);
}

function arbitraryNatural(min: number, max: number): fc.Arbitrary<number> {
  const edges = [min, ...NATURAL_EDGES, max].filter((edge) => edge >= min && edge <= max);
  return fc.oneof(
    fc.constantFrom(...edges),
    fc.integer({ min, max: Math.min(max, min + 9) }),
    fc.integer({ min, max }),
  );
}

function accepted(
  from: (plain: unknown) => unknown,
  plain: unknown,
): { readonly value: unknown } | undefined {
  try {
    return { value: from(plain) };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
