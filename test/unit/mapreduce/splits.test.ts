import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLooseText } from '../../../src/codec/index.ts';
import { HopelessError, linesOf, splitObjects } from '../../../src/mapreduce/index.ts';
import { readText } from '../../../src/mapreduce/read-text.ts';
import { Objects } from './support/objects.ts';

const NAME = 'text';

const endsWord = (character: string): boolean => !/\p{L}/u.test(character);

async function pieces(
  text: string | Uint8Array,
  splitBytesMax: number,
  contentsBytesMax: number,
  application: { readonly endsWord?: typeof endsWord } = { endsWord },
): Promise<string[][]> {
  const objects = new Objects({ [NAME]: text });
  const perSplit: string[][] = [];
  for (const split of splitObjects(objects.list(), splitBytesMax)) {
    const contents: string[] = [];
    for await (const document of readText(objects, split, contentsBytesMax, application.endsWord))
      contents.push(decodeLooseText(document.contents));
    perSplit.push(contents);
  }
  return perSplit;
}

const line = fc.array(fc.constantFrom('a', 'bc', 'é', '漢字', '😀', ' ', '\t', '\ufeff'), { maxLength: 8 });
const textOfLines = fc.array(line).map((lines) => lines.map((parts) => parts.join('')).join('\n'));

test('the pieces of all splits, one after another, are the text', async () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 57, max: 90 }));
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

test('a line longer than a piece is cut only where the application says that a word ends', async () => {
  const word = fc.stringMatching(/^[a-zé漢]{1,5}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1 }),
      fc.constantFrom(',', ';', '.'),
      async (words, mark) => {
        const contents = (await pieces(words.join(mark), 50, 24)).flat();
        expect(contents.flatMap((piece) => piece.match(/\p{L}+/gu) ?? [])).toEqual(words);
      },
    ),
  );
});

test.each([
  [
    'in which no word ends',
    '漢字'.repeat(20),
    10,
    { endsWord },
    'text, offset 0: a line of more than 10 bytes',
  ],
  ['of an application that wants it whole', `a\n${'b '.repeat(9)}`, 10, {}, 'text, offset 2: a line'],
] as const)(
  'a line longer than a piece %s is named with its place, once',
  async (_, text, most, application, words) => {
    const error: unknown = await pieces(text, 1_000, most, application).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HopelessError);
    expect(String(error)).toContain(words);
  },
);

test('bytes that are no UTF-8 are no place to cut, and move no line', async () => {
  const bytes = Uint8Array.from([0xe9, 10, 0xc3, 10, 0x80, 0x20, 0xff, 0x41, 0xe2, 0x82, 0x20, 0x42]);
  const all = (await pieces(bytes, 100, 5)).flat();
  expect(all.join('')).toBe(decodeLooseText(bytes));
  expect([...linesOf(bytes, 100)]).toEqual([
    { text: '\ufffd', offset: 100, bytes: 1 },
    { text: '\ufffd', offset: 102, bytes: 1 },
    { text: '\ufffd \ufffdA\ufffd B', offset: 104, bytes: 8 },
  ]);
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
    for await (const { contents, offset } of readText(objects, split, 20, endsWord)) {
      expect(await objects.read(NAME, offset, offset + contents.length)).toEqual(contents);
    }
  }
});
