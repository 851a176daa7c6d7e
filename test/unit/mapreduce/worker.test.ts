import { expect, test } from 'vitest';
import { encodeText } from '../../../src/codec/index.ts';
import {
  APPLICATIONS,
  type Application,
  type Arguments,
  type Assignment,
  type Document,
  executeTask,
  type InputSource,
  type MapSource,
  type Split,
  serveChunk,
  type TaskOutcome,
  type WorkerPorts,
} from '../../../src/mapreduce/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { TINY_LIMITS } from './support/limits.ts';
import { Objects } from './support/objects.ts';

const WORDS = APPLICATIONS.get('wc');
const TEXT = 'one two\ntwo three three\n'.repeat(50);
const SPLIT: Split = {
  type: 'text',
  object: 'text',
  name: 'text',
  start: 0,
  end: TEXT.length,
  objectBytes: TEXT.length,
};

/** One worker that is its own mapper, and an output that remembers. */
class Bench {
  readonly disk = new MemoryTable();
  readonly written: string[] = [];
  discarded = 0;
  checksLeft = Number.POSITIVE_INFINITY;
  input: InputSource = new Objects({ text: TEXT });
  arguments: Arguments = {};

  map(split: Split = SPLIT, application = WORDS): Promise<TaskOutcome> {
    return this.#execute({ ...this.#base('map', 0), type: 'map', split, reduceTasks: 1 }, application);
  }

  reduce(sources: readonly MapSource[], application = WORDS): Promise<TaskOutcome> {
    return this.#execute({ ...this.#base('reduce', 0), type: 'reduce', sources }, application);
  }

  #base(
    kind: 'map' | 'reduce',
    task: number,
  ): Omit<Extract<Assignment, { type: 'reduce' }>, 'type' | 'sources'> {
    return { job: 'job', application: 'wc', arguments: this.arguments, attempt: { kind, task, attempt: 1 } };
  }

  #execute(assignment: Assignment, application: Application | undefined): Promise<TaskOutcome> {
    if (application === undefined) throw new Error('no application');
    return executeTask(assignment, application, this.#ports(), TINY_LIMITS);
  }

  #ports(): WorkerPorts {
    return {
      worker: 'w1',
      disk: this.disk,
      input: this.input,
      shuffle: { fetch: (request) => Promise.resolve(serveChunk(this.disk, request)) },
      openOutput: () =>
        Promise.resolve({
          write: (key, value) => {
            this.written.push(`${key} ${value}`);
          },
          finish: () => Promise.resolve(encodeText('here')),
          discard: () => {
            this.discarded += 1;
            return Promise.resolve();
          },
        }),
      keepGoing: () => {
        this.checksLeft -= 1;
        return Promise.resolve(this.checksLeft >= 0);
      },
    };
  }
}

const source = (map: number, attempt = 1): MapSource => ({ map, attempt, worker: 'w1' });

test('a map and a reduce task give the counts, and say what they read and wrote', async () => {
  const bench = new Bench();
  expect(await bench.map()).toMatchObject({ type: 'completed', statistics: { inputBytes: TEXT.length } });
  expect(await bench.reduce([source(0)])).toEqual({
    type: 'completed',
    worker: 'w1',
    attempt: { kind: 'reduce', task: 0, attempt: 1 },
    output: encodeText('here'),
    statistics: { inputBytes: expect.any(Number), outputBytes: 25, outputRecords: 3 },
  });
  expect(bench.written).toEqual(['one 50', 'three 100', 'two 100']);
  expect(bench.discarded).toBe(0);
});

test('a reduce task that misses sources names them all, and leaves no output', async () => {
  const bench = new Bench();
  await bench.map();
  expect(await bench.reduce([source(0), source(1), source(2, 4)])).toMatchObject({
    type: 'sources-missing',
    sources: [
      { map: 1, attempt: 1 },
      { map: 2, attempt: 4 },
    ],
  });
  expect(bench.discarded).toBe(1);
});

test('what an application throws is the reason of a failed attempt', async () => {
  const bench = new Bench();
  const thrower: Application = {
    map: (_name, _contents, emit) => emit('key', 'value'),
    reduce: () => Promise.reject(new Error('cannot reduce')),
  };
  await bench.map(SPLIT, thrower);
  expect(await bench.reduce([source(0)], thrower)).toMatchObject({
    type: 'failed',
    reason: 'Error: cannot reduce',
    hopeless: false,
  });
  expect(bench.discarded).toBe(1);
});

test('a record above the limit fails the job with its key', async () => {
  const bench = new Bench();
  const large: Application = { map: (_n, _c, emit) => emit('key', 'x'.repeat(200)), reduce: () => '' };
  expect(await bench.map(SPLIT, large)).toMatchObject({
    type: 'failed',
    reason: expect.stringMatching(/"key" is larger than 160/),
    hopeless: true,
  });
});

test('an attempt that nobody waits for stops, and its output cannot be served', async () => {
  const bench = new Bench();
  bench.checksLeft = 2;
  expect(await bench.map()).toEqual({ type: 'abandoned' });
  const request = { job: 'job', source: source(0), partition: 0, chunk: 0 };
  expect(serveChunk(bench.disk, request)).toEqual({ type: 'missing' });
});

test('a split of the store is mapped pair by pair', async () => {
  const bench = new Bench();
  async function* pairs(): AsyncGenerator<Document, void> {
    yield { name: 'doc/1', contents: encodeText('one two'), offset: 0 };
    yield { name: 'doc/2', contents: encodeText('two'), offset: 0 };
  }
  bench.input = { read: () => Promise.reject(new Error('not a bucket')), scan: pairs };
  const outcome = await bench.map({ type: 'keys', prefix: 'doc/', shard: 3 });
  expect(outcome).toMatchObject({ type: 'completed', statistics: { inputBytes: 10 } });
  await bench.reduce([source(0)]);
  expect(bench.written).toEqual(['one 1', 'two 2']);
});

test('grep finds every line once and at its place, whatever bytes there are before it', async () => {
  const bench = new Bench();
  const lines = 400;
  const bytes = Uint8Array.from([0xe9, 10, 0xff, 0xc3, 10, ...encodeText('x\n'.repeat(lines))]);
  bench.input = new Objects({ text: bytes });
  const split: Split = { ...SPLIT, type: 'text', end: bytes.length, objectBytes: bytes.length };
  const grep = APPLICATIONS.get('grep');
  if (grep === undefined) throw new Error('there is no grep');
  bench.arguments = { pattern: 'x' };
  await bench.map(split, grep);
  await bench.reduce([source(0)], grep);
  expect(bench.written).toEqual(
    Array.from({ length: lines }, (_, at) => `text:${(5 + 2 * at).toString().padStart(12, '0')} x`),
  );
});
