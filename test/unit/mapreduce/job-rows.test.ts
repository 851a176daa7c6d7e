import { expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { loadJob, saveJob, step } from '../../../src/mapreduce/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { newJob } from './support/jobs.ts';

class CountingTable extends MemoryTable {
  readonly written: string[] = [];

  override put(key: string, value: Uint8Array): void {
    this.written.push(key);
    super.put(key, value);
  }
}

test('a table without a job has none', () => {
  expect(loadJob(new MemoryTable())).toBeUndefined();
});

test('a job read back is the job that was saved, also with more tasks than one page holds', () => {
  const table = new MemoryTable();
  const job = newJob(1_000, 200);
  saveJob(table, undefined, job);
  expect(loadJob(table)).toEqual(job);
});

test('a transition writes the rows that it changed and no others', () => {
  const table = new CountingTable();
  const job = newJob(20, 10);
  saveJob(table, undefined, job);
  expect(table.written.length).toBe(1 + 20 + 20 + 10);
  table.written.length = 0;

  const given = step(job, { type: 'ask', worker: 'w1' }, 5).state;
  saveJob(table, job, given);
  expect(table.written).toEqual(['map/000000']);
  const cancelled = step(given, { type: 'cancel' }, 6).state;
  saveJob(table, given, cancelled);
  expect(table.written).toEqual(['map/000000', 'job']);
  expect(loadJob(table)).toEqual(cancelled);

  const asked = step(cancelled, { type: 'ask', worker: 'w2' }, 7).state;
  saveJob(table, cancelled, asked);
  expect(table.written.length).toBe(2);
});

test('a job of an unknown format, or with a malformed row, is refused, not guessed', () => {
  const table = new MemoryTable();
  saveJob(table, undefined, newJob(1, 1));
  const row = table.get('job');
  if (row === undefined) throw new Error('the job has a row');
  table.put('job', row.with(0, 3));
  expect(() => loadJob(table)).toThrow(/format 3 is unknown/);
  table.put('job', row);
  table.put('map/000000', table.get('split/000000') ?? row);
  expect(() => loadJob(table)).toThrow(FormatError);
});
