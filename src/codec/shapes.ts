/**
 * Descriptions of values. From one description come how a value is written, how it is read, and its type:
 *
 *     const POINT = tuple({ x: natural, y: natural });
 *     type Point = Described<typeof POINT>;              // { readonly x: number; readonly y: number }
 *
 * codec.S1  `unpack` takes exactly what `pack` makes: the arity, the range and the kind of every item. A number that no
 *           peer would read is not written either: it would be lost without a word.
 * codec.S2  `unpack` throws `FormatError` and nothing else.
 */

import type { Item } from './cbor.ts';
import { FormatError } from './format-error.ts';
import { decodeText, encodeText } from './text.ts';

export interface Shape<Value> {
  /** Tells those who make values from descriptions what this is. */
  readonly kind: Kind;
  pack(value: Value): Item;
  unpack(item: unknown): Value;
}

type Kind =
  | { readonly type: 'natural'; readonly min: number; readonly max: number }
  | { readonly type: 'bytes' }
  | { readonly type: 'text' }
  | { readonly type: 'flag' }
  | { readonly type: 'one-of'; readonly texts: readonly string[] }
  | { readonly type: 'optional'; readonly shape: AnyShape }
  | { readonly type: 'list'; readonly shape: AnyShape; readonly lengthMax: number }
  | { readonly type: 'tuple'; readonly fields: Fields }
  | { readonly type: 'union'; readonly variants: Readonly<Record<string, Fields>> }
  | { readonly type: 'mapped'; readonly shape: AnyShape; readonly from: (plain: unknown) => unknown };

// A description of anything: methods are compared so that each `Shape<Value>` is one.
type AnyShape = Shape<unknown>;

/** Names and shapes of the fields, in the order in which they are written. */
export type Fields = Readonly<Record<string, AnyShape>>;

export type Described<Shaped> = Shaped extends Shape<infer Value> ? Value : never;

type FieldsOf<Named extends Fields> = { readonly [Name in keyof Named]: Described<Named[Name]> };

type Flat<Value> = { readonly [Name in keyof Value]: Value[Name] };

export type VariantsOf<Variants extends Readonly<Record<string, Fields>>> = {
  [Tag in keyof Variants & string]: Flat<{ readonly type: Tag } & FieldsOf<Variants[Tag]>>;
}[keyof Variants & string];

/** An integer from `min` to `max`. `Value` may be a branded number. */
export function naturalIn<Value extends number = number>(min: number, max: number): Shape<Value> {
  const checked = (item: unknown): Value => {
    const isNatural = typeof item === 'number' && Number.isSafeInteger(item) && item >= min && item <= max;
    return isNatural ? (item as Value) : refuse(`a natural number from ${min} to ${max}`, item);
  };
  return { kind: { type: 'natural', min, max }, pack: checked, unpack: checked };
}

/** An integer from 0 to `max`. */
export function naturalUpTo<Value extends number = number>(max: number): Shape<Value> {
  return naturalIn(0, max);
}

export const natural: Shape<number> = naturalUpTo(Number.MAX_SAFE_INTEGER);

export const bytes: Shape<Uint8Array> = {
  kind: { type: 'bytes' },
  pack: (value) => value,
  unpack: (item) => (item instanceof Uint8Array ? item : refuse('bytes', item)),
};

export const text: Shape<string> = {
  kind: { type: 'text' },
  pack: encodeText,
  unpack: (item) => decodeText(bytes.unpack(item)),
};

export const flag: Shape<boolean> = {
  kind: { type: 'flag' },
  pack: (value) => value,
  unpack: (item) => (typeof item === 'boolean' ? item : refuse('true or false', item)),
};

/** One of these texts. */
export function oneOf<Text extends string>(...texts: readonly Text[]): Shape<Text> {
  const checked = (found: string): Text =>
    texts.find((known) => known === found) ?? refuse(`one of ${texts.join(', ')}`, found);
  return {
    kind: { type: 'one-of', texts },
    pack: (value) => encodeText(checked(value)),
    unpack: (item) => checked(text.unpack(item)),
  };
}

export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return {
    kind: { type: 'optional', shape },
    pack: (value) => (value === undefined ? null : shape.pack(value)),
    unpack: (item) => (item === null ? undefined : shape.unpack(item)),
  };
}

export function list<Value>(
  shape: Shape<Value>,
  lengthMax: number = Number.MAX_SAFE_INTEGER,
): Shape<readonly Value[]> {
  const checked = <Each>(items: readonly Each[]): readonly Each[] =>
    items.length <= lengthMax ? items : refuse(`at most ${lengthMax} items`, items.length);
  return {
    kind: { type: 'list', shape, lengthMax },
    pack: (values) => checked(values).map((value) => shape.pack(value)),
    unpack: (item) => checked(itemsIn(item)).map((each) => shape.unpack(each)),
  };
}

/** Fields in their order. */
class FieldRow {
  readonly #fields: readonly (readonly [name: string, shape: AnyShape])[];

  constructor(fields: Fields) {
    this.#fields = Object.entries(fields);
  }

  /** Adds the items of the fields to `items`. */
  pack(items: Item[], value: object): readonly Item[] {
    const values = value as Readonly<Record<string, unknown>>;
    for (const [name, shape] of this.#fields) items.push(shape.pack(values[name]));
    return items;
  }

  /** Adds the fields to `value`, read from the items from `at` on: all of them, and no more. */
  unpack(value: Record<string, unknown>, items: readonly unknown[], at: number): object {
    const { length } = this.#fields;
    if (items.length !== at + length) refuse(`${length} fields`, items.length - at);
    for (const [position, [name, shape]] of this.#fields.entries()) {
      value[name] = shape.unpack(items[at + position]);
    }
    return value;
  }
}

export function tuple<Named extends Fields>(fields: Named): Shape<FieldsOf<Named>> {
  const row = new FieldRow(fields);
  return {
    kind: { type: 'tuple', fields },
    pack: (value) => row.pack([], value),
    unpack: (item) => row.unpack({}, itemsIn(item), 0) as FieldsOf<Named>,
  };
}

/** Values that their `type` tells apart: the tag, then the fields of that variant. */
export function union<Variants extends Readonly<Record<string, Fields>>>(
  variants: Variants,
): Shape<VariantsOf<Variants>> {
  const rows = new Map(
    Object.entries(variants).map(([tag, fields]) => [
      tag,
      { tag: encodeText(tag), row: new FieldRow(fields) },
    ]),
  );
  const variantOf = (type: string) => rows.get(type) ?? refuse(`one of ${[...rows.keys()].join(', ')}`, type);
  return {
    kind: { type: 'union', variants },
    pack(value) {
      const { tag, row } = variantOf(value.type);
      return row.pack([tag], value);
    },
    unpack(item) {
      const items = itemsIn(item);
      const type = text.unpack(items[0]);
      return variantOf(type).row.unpack({ type }, items, 1) as VariantsOf<Variants>;
    },
  };
}

/** Values of a class, or with a rule of their own: `from` throws `FormatError` for a plain value that breaks it. */
export function mapped<Plain, Value>(
  shape: Shape<Plain>,
  to: (value: Value) => Plain,
  from: (plain: Plain) => Value,
): Shape<Value> {
  return {
    kind: { type: 'mapped', shape, from: (plain) => from(plain as Plain) },
    pack: (value) => shape.pack(to(value)),
    unpack: (item) => from(shape.unpack(item)),
  };
}

/** A dictionary of texts, as pairs by rising name, so that equal dictionaries have equal bytes. */
export const dictionary: Shape<Readonly<Record<string, string>>> = mapped(
  list(tuple({ name: text, value: text })),
  (values) => {
    const names = Object.keys(values).sort();
    return names.map((name) => ({ name, value: values[name] ?? '' }));
  },
  (pairs) => {
    const isRising = pairs.every(({ name }, at) => at === 0 || name > (pairs[at - 1]?.name ?? ''));
    if (!isRising) throw new FormatError('a dictionary is not pairs by rising name');
    return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
  },
);

function itemsIn(item: unknown): readonly unknown[] {
  return Array.isArray(item) ? item : refuse('an array', item);
}

function refuse(expected: string, found: unknown): never {
  const isShort = typeof found === 'number' || (typeof found === 'string' && found.length < 64);
  throw new FormatError(`${expected} expected, found ${isShort ? JSON.stringify(found) : typeof found}`);
}
