import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitObjects } from '../../../src/mapreduce/index.ts';
import { readText } from '../../../src/mapreduce/read-text.ts';
import { Objects } from './support/objects.ts';

const NAME = 'text';

async function pieces(text: string, splitBytesMax: number, contentsBytesMax: number): Promise<string[][]> {
  const objects = new Objects({ [NAME]: text });
  const perSplit: string[][] = [];
  for (const split of splitObjects(objects.list(), splitBytesMax)) {
    const contents: string[] = [];
    for await (const document of readText(objects, split, contentsBytesMax)) contents.push(document.contents);
    perSplit.push(contents);
  }
  return perSplit;
}

const line = fc.array(fc.constantFrom('a', 'bc', 'é', '漢字', '😀', ' ', '\t', '\ufeff'), { maxLength: 8 });
const textOfLines = fc.array(line).map((lines) => lines.map((parts) => parts.join('')).join('\n'));

test('the pieces of all splits, one after another, are the text', async () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 4, max: 60 }));
  await fc.assert(
    fc.asyncProperty(textOfLines, sizes, async (text, [splitBytesMax, contentsBytesMax]) => {
      expect((await pieces(text, splitBytesMax, contentsBytesMax)).flat().join('')).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('no line is cut when every line fits into a piece, and a split reads the lines that begin in it', async () => {
  await fc.assert(
    fc.asyncProperty(textOfLines, fc.integer({ min: 1, max: 60 }), async (text, splitBytesMax) => {
      const contents = (await pieces(text, splitBytesMax, 64)).flat();
      for (const piece of contents.slice(0, -1)) expect(piece.endsWith('\n')).toBe(true);
    }),
  );
});

test('a line longer than a piece is cut after white space, so that words stay whole', async () => {
  const words = Array.from({ length: 40 }, (_, index) => `wörd${index}`);
  const contents = (await pieces(words.join(' '), 50, 24)).flat();
  expect(contents.length).toBeGreaterThan(10);
  expect(contents.flatMap((piece) => piece.split(' ').filter((word) => word !== ''))).toEqual(words);
});

test('a word longer than a piece is cut between characters', async () => {
  const contents = (await pieces('漢字'.repeat(20), 1_000, 10)).flat();
  expect(contents.join('')).toBe('漢字'.repeat(20));
});

test('a small object is one split and one piece, also when it is empty', async () => {
  expect(await pieces('one\ntwo\n', 100, 100)).toEqual([['one\ntwo\n']]);
  expect(await pieces('', 100, 100)).toEqual([[]]);
});

test('a split boundary right before, on and after a line feed loses no line', async () => {
  for (const splitBytesMax of [1, 2, 3, 4, 5]) {
    expect((await pieces('ab\ncd\n\nef', splitBytesMax, 100)).flat().join('')).toBe('ab\ncd\n\nef');
  }
});

test('the offset of a piece is where it lies in the object', async () => {
  const text = 'é1\n漢2\n3\n'.repeat(9);
  const objects = new Objects({ [NAME]: text });
  for (const split of splitObjects(objects.list(), 17)) {
    for await (const { contents, offset, bytes } of readText(objects, split, 20)) {
      const there = await objects.read(NAME, offset, offset + bytes);
      expect(new TextDecoder().decode(there)).toBe(contents);
    }
  }
});
