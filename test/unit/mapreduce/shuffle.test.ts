import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ChunkBuilder,
  compareBytes,
  decodeText,
  encodeText,
  FormatError,
  readChunk,
} from '../../../src/codec/index.ts';
import type { Application, DataLimits, MapAssignment } from '../../../src/mapreduce/index.ts';
import { partitionOf, serveChunk } from '../../../src/mapreduce/index.ts';
import { MapOutput } from '../../../src/mapreduce/map-output.ts';
import { groupByKey, mergeRuns, narrowRuns } from '../../../src/mapreduce/merge.ts';
import { deleteRows, type Run, SCRATCH_ROWS, StoredRun } from '../../../src/mapreduce/runs.ts';
import { RecordTooLargeError } from '../../../src/mapreduce/sort-buffer.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { TINY_LIMITS } from './support/limits.ts';

type Pair = readonly [key: string, value: string];

const REDUCE_TASKS = 3;
const plain: Application = { map: () => undefined, reduce: () => '' };
const noPause = async (): Promise<void> => {};

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const pairs = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('a', 'b', '\ufeffa', 'a\u0000')), text));

function assignment(map: number): MapAssignment {
  return {
    type: 'map',
    job: 'job',
    application: '',
    arguments: {},
    attempt: { kind: 'map', task: map, attempt: 1 },
    split: { type: 'keys', prefix: '', shard: 0 },
    reduceTasks: REDUCE_TASKS,
  };
}

async function mapInto(
  disk: MemoryTable,
  map: number,
  emitted: readonly Pair[],
  limits: DataLimits,
): Promise<void> {
  const output = new MapOutput(disk, assignment(map), plain, limits);
  for (const [key, value] of emitted) output.emit(key, value);
  await output.commit(noPause);
}

function servedRun(disk: MemoryTable, map: number, partition: number): Run {
  const source = { map, attempt: 1, worker: '' };
  return {
    chunk: (chunk) => {
      const reply = serveChunk(disk, { job: 'job', source, partition, chunk });
      return reply.type === 'chunk' ? Promise.resolve(reply) : Promise.reject(new Error('missing'));
    },
  };
}

async function groupsOf(runs: readonly Run[], limits: DataLimits): Promise<[string, string[]][]> {
  const disk = new MemoryTable();
  let scratch = 0;
  const few = await narrowRuns(runs, limits, async (records) => {
    scratch += 1;
    const writer = new StoredRun(disk, `scratch/${scratch}/`, new ChunkBuilder(limits.chunkBytesMax));
    for await (const record of records) writer.append(record);
    return writer.finish();
  });
  expect(few.length).toBeLessThanOrEqual(limits.fanInMax);
  const groups: [string, string[]][] = [];
  for await (const { key, values } of groupByKey(mergeRuns(few, limits))) {
    const all: string[] = [];
    for await (const value of values) all.push(value);
    groups.push([key, all]);
  }
  return groups;
}

test('what mappers emit arrives grouped, in key order, each value once and in the order of the maps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pairs, { minLength: 1, maxLength: 10 }), async (maps) => {
      const disk = new MemoryTable();
      for (const [map, emitted] of maps.entries()) await mapInto(disk, map, emitted, TINY_LIMITS);
      const arrived: [string, string[]][] = [];
      for (let partition = 0; partition < REDUCE_TASKS; partition += 1) {
        const groups = await groupsOf(
          maps.map((_, map) => servedRun(disk, map, partition)),
          TINY_LIMITS,
        );
        const keys = groups.map(([key]) => encodeText(key));
        expect(keys).toEqual([...keys].sort(compareBytes));
        for (const key of keys) expect(partitionOf(key, REDUCE_TASKS)).toBe(partition);
        arrived.push(...groups);
      }
      const expected = new Map<string, string[]>();
      for (const [key, value] of maps.flat()) expected.set(key, [...(expected.get(key) ?? []), value]);
      expect(new Map(arrived)).toEqual(expected);
      expect(arrived.length).toBe(expected.size);
    }),
    { numRuns: 200 },
  );
});

test('a chunk is never larger than its limit, unless by a single record', async () => {
  const disk = new MemoryTable();
  const emitted: Pair[] = Array.from({ length: 200 }, (_, at) => [`k${at % 7}`, 'x'.repeat(at % 100)]);
  await mapInto(disk, 0, emitted, TINY_LIMITS);
  const sizes = [...disk.rows({ from: 'data/', to: 'data0' })].map((row) => row.value.length);
  expect(sizes.length).toBeGreaterThan(20);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100 + 2 + 10);
});

test('a merge holds one chunk of each run: it asks for the next only when one is used up', async () => {
  const disk = new MemoryTable();
  const asked: number[] = [];
  const runs = [0, 1].map((run): Run => {
    const writer = new StoredRun(disk, `r${run}/`, new ChunkBuilder(64));
    for (let at = 0; at < 60; at += 1) {
      writer.append({ key: encodeText(`${run}-${at.toString().padStart(3, '0')}`), value: encodeText('v') });
    }
    const stored = writer.finish();
    return {
      chunk: (index) => {
        asked.push(run);
        return stored.chunk(index);
      },
    };
  });
  const merged = mergeRuns(runs, TINY_LIMITS);
  await merged.next();
  expect(asked).toEqual([0, 1]);
  let records = 1;
  for await (const _ of merged) records += 1;
  expect(records).toBe(120);
});

test('values that reduce does not read do not leak into the next key', async () => {
  const disk = new MemoryTable();
  const emitted: Pair[] = ['a', 'a', 'a', 'b', 'b', 'c'].map((key, at) => [key, String(at)]);
  await mapInto(disk, 0, emitted, TINY_LIMITS);
  const firsts: Pair[] = [];
  for (let partition = 0; partition < REDUCE_TASKS; partition += 1) {
    for await (const { key, values } of groupByKey(mergeRuns([servedRun(disk, 0, partition)], TINY_LIMITS))) {
      if (key === 'b') continue;
      for await (const value of values) {
        firsts.push([key, value]);
        break;
      }
    }
  }
  expect(firsts.sort()).toEqual([
    ['a', '0'],
    ['c', '5'],
  ]);
});

test('an attempt that has not committed serves nothing, and neither does one that lost a chunk', async () => {
  const disk = new MemoryTable();
  const request = { job: 'job', source: { map: 0, attempt: 1, worker: '' }, partition: 0, chunk: 0 };
  const output = new MapOutput(disk, assignment(0), plain, { ...TINY_LIMITS, spillRecordsMax: 2 });
  for (const key of ['a', 'b', 'c', 'd', 'e']) output.emit(key, '');
  expect(serveChunk(disk, request).type).toBe('missing');
  await output.commit(noPause);
  expect(serveChunk(disk, request).type).toBe('chunk');
  for (const partition of [0, 1, 2]) disk.delete(`data/job/0/1/${partition}/0`);
  const replies = [0, 1, 2].map((partition) => serveChunk(disk, { ...request, partition }).type);
  expect(replies).toContain('missing');
});

test('scratch rows are gone after the commit, also those of an earlier task that died', async () => {
  const disk = new MemoryTable();
  disk.put('scratch/9/0/0', Uint8Array.of(1));
  const emitted: Pair[] = Array.from({ length: 100 }, (_, at) => [`key${at}`, 'value']);
  await mapInto(disk, 0, emitted, TINY_LIMITS);
  expect([...disk.rows(SCRATCH_ROWS)]).toEqual([]);
  deleteRows(disk, { from: 'data/', to: 'data0' });
  expect([...disk.rows({ from: '', to: undefined })]).toEqual([]);
});

test('a combiner folds what one buffer holds of a key, and the sum stays the same', async () => {
  const disk = new MemoryTable();
  const combine = (_key: string, values: readonly string[]): string =>
    String(values.reduce((sum, value) => sum + Number(value), 0));
  const output = new MapOutput(disk, assignment(0), { ...plain, combine }, TINY_LIMITS);
  for (let at = 0; at < 160; at += 1) output.emit(at % 2 === 0 ? 'even' : 'odd', '1');
  await output.commit(noPause);
  expect(output.outputRecords).toBe(20);
  const partition = partitionOf(encodeText('odd'), REDUCE_TASKS);
  const groups = new Map(await groupsOf([servedRun(disk, 0, partition)], TINY_LIMITS));
  expect(groups.get('odd')).toEqual(Array.from({ length: 10 }, () => '8'));
});

test('a record that no chunk may hold is refused', () => {
  const output = new MapOutput(new MemoryTable(), assignment(0), plain, TINY_LIMITS);
  expect(() => output.emit('key', 'x'.repeat(158))).toThrow(RecordTooLargeError);
  expect(() => output.emit('key', '漢'.repeat(60))).toThrow(RecordTooLargeError);
  output.emit('key', 'x'.repeat(157));
});

test('a chunk of an unknown format is refused, not guessed', () => {
  expect(() => readChunk(Uint8Array.of(2, 0, 0)).next()).toThrow(/format 2 is unknown/);
});

test('a chunk that ends inside a record is refused', () => {
  const builder = new ChunkBuilder(100);
  builder.append({ key: encodeText('key'), value: encodeText('value') });
  const cut = builder.take().slice(0, -1);
  expect(() => readChunk(cut).next()).toThrow(/ends inside/);
  expect(() => readChunk(cut).next()).toThrow(FormatError);
});

test('a length has one encoding', () => {
  const key = Uint8Array.of(7);
  expect(readChunk(Uint8Array.of(1, 1, 0, 7)).next().value).toEqual({ key, value: new Uint8Array(0) });
  expect(() => readChunk(Uint8Array.of(1, 0x81, 0, 0, 7)).next()).toThrow(FormatError);
  expect(() => readChunk(Uint8Array.of(1, 0x81, 0x80, 0x80, 0x80, 0x80, 0)).next()).toThrow(FormatError);
});

test('lengths in more bytes than they take, or in too many, are refused', () => {
  for (const bytes of [
    [1, 0x80, 0, 0],
    [1, 1, 0x81, 0, 7],
    [1, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
    [1, 0x80],
  ])
    expect(() => [...readChunk(Uint8Array.from(bytes))]).toThrow(FormatError);
});

test('a key with half of a surrogate pair is refused, in a value it becomes U+FFFD', async () => {
  const disk = new MemoryTable();
  const output = new MapOutput(disk, assignment(0), plain, TINY_LIMITS);
  expect(() => output.emit('a\ud800', '')).toThrow(FormatError);
  output.emit('a', '\udc00b');
  await output.commit(noPause);
  const partition = partitionOf(encodeText('a'), REDUCE_TASKS);
  expect(await groupsOf([servedRun(disk, 0, partition)], TINY_LIMITS)).toEqual([['a', ['\ufffdb']]]);
});

test('records survive the codec byte by byte', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }))),
      (all) => {
        const builder = new ChunkBuilder(1_000_000);
        for (const [key, value] of all) builder.append({ key, value });
        const records = all.map(([key, value]) => ({ key, value }));
        expect([...readChunk(builder.take())]).toEqual(records);
      },
    ),
  );
  expect(decodeText(encodeText('\ufeffmark'))).toBe('\ufeffmark');
});
