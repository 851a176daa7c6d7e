import { expect, test } from 'vitest';
import { Codec, FormatError, flag, natural, tuple, union } from '../../../src/codec/index.ts';

const POINT = new Codec('a point', tuple({ x: natural, y: natural }), 7);
/** A kind of values that came later, with a format of its own. */
const NEWER = new Codec('a move', union({ step: { length: natural }, jump: { high: flag } }), ({ type }) =>
  type === 'step' ? 1 : 2,
);

test('the first byte is the number of the format, and the value follows', () => {
  const encoded = POINT.encode({ x: 1, y: 2 });
  expect([...encoded]).toEqual([7, 0x82, 1, 2]);
  expect(POINT.decode(encoded)).toEqual({ x: 1, y: 2 });
});

test('bytes in the middle of others are read as if they were alone', () => {
  const around = Uint8Array.of(9, 9, ...POINT.encode({ x: 1, y: 2 }), 9);
  expect(POINT.decode(around.subarray(2, -1))).toEqual({ x: 1, y: 2 });
});

test('each kind of value has its own number, and is refused under that of another', () => {
  const step = NEWER.encode({ type: 'step', length: 3 });
  const jump = NEWER.encode({ type: 'jump', high: true });
  expect([step[0], jump[0]]).toEqual([1, 2]);
  expect(NEWER.decode(jump)).toEqual({ type: 'jump', high: true });
  expect(() => NEWER.decode(step.with(0, 2))).toThrow(FormatError);
  expect(() => NEWER.decode(jump.with(0, 1))).toThrow(FormatError);
});

test('an unknown format is refused with words that name it', () => {
  const encoded = POINT.encode({ x: 1, y: 2 });
  for (let format = 0; format < 256; format += 1) {
    if (format === 7) continue;
    expect(() => POINT.decode(encoded.with(0, format))).toThrow(
      `a point of format ${format} is unknown to this code`,
    );
  }
});

test('bytes that are cut short, longer, or none are refused', () => {
  const encoded = POINT.encode({ x: 1, y: 2 });
  for (let length = 0; length < encoded.length; length += 1) {
    expect(() => POINT.decode(encoded.subarray(0, length))).toThrow(FormatError);
  }
  expect(() => POINT.decode(Uint8Array.of(...encoded, 0))).toThrow(FormatError);
});

test('those who answer a stranger get undefined instead of an error', () => {
  expect(POINT.tryDecode(POINT.encode({ x: 1, y: 2 }))).toEqual({ x: 1, y: 2 });
  expect(POINT.tryDecode(Uint8Array.of(8, 0x82, 1, 2))).toBeUndefined();
  expect(POINT.tryDecode(new Uint8Array(0))).toBeUndefined();
});

test('a mistake of ours is not taken for bytes of somebody else', () => {
  const broken = new Codec('a broken one', { ...natural, unpack: () => raise() }, 1);
  expect(() => broken.decode(Uint8Array.of(1, 0))).toThrow(TypeError);
  expect(() => broken.tryDecode(Uint8Array.of(1, 0))).toThrow(TypeError);
});

function raise(): never {
  throw new TypeError('a mistake');
}
