import { expect, test } from 'vitest';
import { mergeLines } from '../../../tools/harness/merge-lines.ts';

/** In chunks of three bytes, so that lines and characters are cut. */
function streamOf(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 3));
      at += 3;
    },
  });
}

async function merged(...texts: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of mergeLines(texts.map(streamOf))) lines.push(line);
  return lines;
}

test('sorted texts are merged into one', async () => {
  expect(await merged('a 1\nd 4\n', '', 'b 2\nc 3\nß 5\n')).toEqual(['a 1', 'b 2', 'c 3', 'd 4', 'ß 5']);
});

test('a last line without a line feed is a line, and equal lines are all kept', async () => {
  expect(await merged('a\nb', 'a\n')).toEqual(['a', 'a', 'b']);
});
