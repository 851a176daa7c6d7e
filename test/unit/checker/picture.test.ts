import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkHistory,
  type KeyValueOperation,
  keyValueModel,
  renderHtml,
} from '../../../tools/checker/index.ts';
import { layOut } from '../../../tools/checker/picture-layout.ts';
import { get, put } from './support/operations.ts';
import { correctHistory } from './support/random-history.ts';

function pictureOf(operations: readonly KeyValueOperation[], source = 'seed 7'): string {
  const { partitions } = checkHistory(operations, keyValueModel, { timeLimitMs: 1, nowMs: () => 0 });
  const failed = partitions.filter(({ result }) => result.verdict !== 'linearizable');
  return renderHtml(failed.map((partition) => ({ source, partition, model: keyValueModel })));
}

const stale = [put(1, 0, 1, 'a'), put(1, 2, 3, 'b'), get(2, 4, 5, 'a'), put(3, 1, undefined, 'c')];

describe('the picture', () => {
  test('it names the source, the key, the operation that does not fit, and the state it met', () => {
    const html = pictureOf(stale);
    expect(html).toContain('seed 7: key <code>&quot;x&quot;</code> is not linearizable');
    expect(html).toMatch(/Client 2’s operation\s+<a href="#blocked-0"><code>get → &quot;a&quot;<\/code>/);
    expect(html.match(/id="blocked-0"/g)).toHaveLength(1);
    expect(html).toContain('state after the last of them: <code>&quot;b&quot;</code>');
  });

  test('each operation has a bar, each one put in order a number', () => {
    const html = pictureOf(stale);
    expect(html.match(/class="bar /g)).toHaveLength(4);
    expect([...html.matchAll(/px">(\d+)<\/i>/g)].map(([, position]) => position)).toEqual(['1', '2']);
    expect(html.match(/class="bar unordered pending"/g)).toHaveLength(1);
  });

  test('it needs nothing from elsewhere', () => {
    expect(pictureOf(stale)).not.toMatch(/<script|<link|src=|url\(|https?:/);
  });

  test('what clients sent is escaped wherever it is shown', () => {
    const evil = `"><script>alert('1')</script>&`;
    const html = pictureOf([put(1, 0, 1, evil, evil), get(2, 2, 3, `${evil}2`, evil)], evil);
    expect(html).not.toContain('<script');
    expect(html).not.toContain("alert('1')");
    expect(html).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;');
  });

  test('a value of a megabyte does not make a page of megabytes', () => {
    const large = 'v'.repeat(1_000_000);
    expect(pictureOf([put(1, 0, 1, large), get(2, 2, 3, `${large}w`)]).length).toBeLessThan(50_000);
  });

  test('no picture is a page too', () => {
    expect(renderHtml([])).toContain('No history');
  });
});

function expectTidy({ bars, points, lanes, width }: ReturnType<typeof layOut>): void {
  for (const [index] of lanes.entries()) {
    const own = bars.filter(({ lane }) => lane === index).sort((a, b) => a.left - b.left);
    for (const [position, bar] of own.entries()) {
      expect(bar.left + bar.width).toBeLessThanOrEqual(own[position + 1]?.left ?? width);
    }
  }
  for (const [position, point] of points.entries()) {
    const bar = bars.find(({ operation }) => operation === point.operation) ?? {
      left: Number.NaN,
      width: Number.NaN,
    };
    expect(point.left).toBeGreaterThan(bar.left);
    expect(point.left).toBeLessThan(bar.left + bar.width);
    expect(point.left).toBeLessThan(points[position + 1]?.left ?? width);
  }
}

describe('the layout', () => {
  test('bars of one lane do not overlap, and points run from left to right within their bars', () => {
    fc.assert(
      fc.property(correctHistory(100), (operations) => {
        const { partitions } = checkHistory(operations, keyValueModel, { timeLimitMs: 1, nowMs: () => 0 });
        for (const { operations: part, result } of partitions)
          expectTidy(layOut(part, result.order, undefined));
      }),
      { numRuns: 100 },
    );
  });

  test('of a history too large to draw the surroundings of the fault are drawn', () => {
    const operations = Array.from({ length: 5000 }, (_, turn) => put(1, 10 * turn, 10 * turn + 5, 'v'));
    const { bars, hiddenCount } = layOut(operations, [...operations.keys()], 4000);
    expect(bars).toHaveLength(1000);
    expect(hiddenCount).toBe(4000);
    expect(bars.some(({ operation }) => operation === 4000)).toBe(true);
    expect(bars.some(({ operation }) => operation === 0)).toBe(false);
  });
});
