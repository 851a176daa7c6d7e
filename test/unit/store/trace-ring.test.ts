import { expect, test } from 'vitest';
import { decodeText } from '../../../src/codec/index.ts';
import { mergeTraces, TraceRing } from '../../../src/store/index.ts';

const START_MS = Date.parse('2026-11-28T05:34:00.000Z');

/** A ring whose clock shows what the test says. */
function ringWith({ notesMax = 100, bytesMax = 10_000 }: { notesMax?: number; bytesMax?: number } = {}) {
  const clock = { atMs: START_MS };
  const ring = new TraceRing({ notesMax, bytesMax, wallClockMs: () => clock.atMs });
  const lines = (): readonly string[] => decodeText(ring.encode()).split('\n').slice(0, -1);
  return { clock, ring, lines };
}

test('each note has its time in front', () => {
  const { clock, ring, lines } = ringWith();
  ring.note('1 stops');
  clock.atMs += 123;
  ring.note('2 leads term 3');
  expect(lines()).toEqual(['2026-11-28T05:34:00.000Z 1 stops', '2026-11-28T05:34:00.123Z 2 leads term 3']);
});

test('a ring without notes is an empty text', () => {
  expect(ringWith().ring.encode()).toEqual(new Uint8Array(0));
});

test('the oldest notes make room when there are too many (store.T1)', () => {
  const { ring, lines } = ringWith({ notesMax: 3 });
  for (let number = 1; number <= 8; number += 1) ring.note(`note ${number}`);
  expect(lines().map((line) => line.slice(-6))).toEqual(['note 6', 'note 7', 'note 8']);
});

test('the oldest notes make room when they have too many bytes (store.T1)', () => {
  const { ring, lines } = ringWith({ bytesMax: 100 });
  for (let number = 1; number <= 500; number += 1) {
    ring.note(`${number} ${'ü'.repeat(number % 60)}`);
    expect(ring.encode().byteLength).toBeLessThanOrEqual(100);
  }
  expect(lines().at(-1)).toContain('500 ');
});

test('a note is one line, and a short one, whatever is in it (store.T2)', () => {
  const { ring, lines } = ringWith();
  ring.note("1 reads chunk 'a\nb\u2028\ud800'");
  ring.note('x'.repeat(5000));
  expect(lines()).toHaveLength(2);
  expect(lines()[0]).toContain("'a\\u000ab\\u2028\ufffd'");
  expect(lines()[1]?.length).toBeLessThan(1100);
});

test('traces are merged by time, and each keeps its own order', () => {
  const [one, two] = [ringWith(), ringWith()];
  one.ring.note('1 first');
  one.ring.note('1 second');
  two.clock.atMs += 1;
  two.ring.note('2 first');
  one.clock.atMs += 2;
  one.ring.note('1 third');
  // Set back: it was after the note before all the same.
  one.clock.atMs -= 1000;
  one.ring.note('1 fourth');
  const merged = mergeTraces([two.ring.encode(), new Uint8Array(0), one.ring.encode()]);
  const texts = merged.split('\n').map((line) => line.slice(25));
  expect(texts).toEqual(['1 first', '1 second', '2 first', '1 third', '1 fourth', '']);
});
