import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLine, LineBlocks, outputName } from '../../../src/mapreduce/index.ts';

test('an output has the lab’s name and lines', () => {
  expect(outputName(7)).toBe('mr-out-7');
  expect(formatLine('word', '3')).toBe('word 3\n');
});

test('all blocks but the last have the same size, and together they are the lines', async () => {
  const records = fc.array(fc.tuple(fc.string(), fc.string({ unit: 'grapheme', maxLength: 30 })));
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 20 }), async (all, blockBytes) => {
      const blocks: Uint8Array[] = [];
      const lines = new LineBlocks(blockBytes, (block) => {
        blocks.push(block);
        return Promise.resolve();
      });
      for (const [key, value] of all) await lines.append(key, value);
      await lines.flush();
      for (const block of blocks.slice(0, -1)) expect(block.length).toBe(blockBytes);
      const expected = new TextEncoder().encode(all.map(([key, value]) => formatLine(key, value)).join(''));
      expect(Uint8Array.from(blocks.flatMap((block) => [...block]))).toEqual(expected);
      expect(lines.bytes).toBe(expected.length);
    }),
  );
});
