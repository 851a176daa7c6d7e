import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { Progress } from '../../../tools/harness/progress.ts';

/** All that three of four steps show. */
function shownOn(isTTY: boolean): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const progress = new Progress('seeds', 4, stream as unknown as WriteStream);
  for (let step = 0; step < 3; step += 1) progress.advance();
  progress.stop();
  return String(stream.read() ?? '');
}

test('on a terminal a long command shows how far it is and what it expects', () => {
  expect(shownOn(true)).toMatch(/seeds .* 3\/4, \d+s left/);
});

test('elsewhere it shows nothing', () => {
  expect(shownOn(false)).toBe('');
});
