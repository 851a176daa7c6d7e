import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATHS, type ProblemCode } from '../../src/protocol/index.ts';
import { readProblem } from '../../tools/harness/http-answers.ts';
import { MapReduceClient, type NewJob } from '../../tools/harness/mapreduce-client.ts';
import { MapReduceCluster } from '../../tools/harness/mapreduce-cluster.ts';
import { eightTexts } from '../../tools/harness/texts.ts';
import { sequentialLines, sortedLines } from '../labs/lab1/lab-job.ts';
import { runScript } from './support/commands.ts';

const TEXTS = eightTexts();

let cluster: MapReduceCluster;
let client: MapReduceClient;
let books: readonly string[];

beforeAll(async () => {
  cluster = await MapReduceCluster.start({});
  client = new MapReduceClient(cluster.url);
  books = await Promise.all(TEXTS.map(({ name, contents }) => client.upload(name, contents)));
});

afterAll(() => cluster.stop());

function send(method: string, path: string, body?: unknown): Promise<Response> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${cluster.url}${PATHS.mapReduce}${path}`, { method, ...text });
}

async function codeOf(response: Response): Promise<ProblemCode | undefined> {
  return (await readProblem(response))?.code;
}

async function runJob(job: NewJob) {
  const { job: name } = await client.create(job);
  return client.untilEnded(name);
}

/** A job whose tasks take long, so that it can be looked at while it runs. */
const LONG_JOB = (): NewJob => ({ application: 'jobcount', input: { objects: books }, workers: 2 });

test('`npm run mr` prints the right counts though a worker and then the coordinator crash', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-mr-'));
  const files = TEXTS.map(({ name, contents }) => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  });
  const { code, output } = await runScript('scripts/mr.ts', 'wc', '--crash', ...files);
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(sortedLines(output)).toEqual(await sequentialLines('wc', TEXTS));
});

test('the objects that are to crash do, and the job succeeds all the same', async () => {
  const faulty = await MapReduceCluster.start({ workerAfter: 1, coordinatorAfter: 4 });
  try {
    const faultyClient = new MapReduceClient(faulty.url);
    const object = await faultyClient.upload('text', 'a b a\n'.repeat(1_000));
    const input = { objects: Array.from({ length: 8 }, () => object) };
    const { job } = await faultyClient.create({ application: 'wc', input, reduceTasks: 2 });
    const { state } = await faultyClient.untilEnded(job);
    const outputs = [await faultyClient.outputText(job, 0), await faultyClient.outputText(job, 1)];
    expect(state).toBe('succeeded');
    expect(sortedLines(outputs.join(''))).toEqual(['a 16000', 'b 8000']);
    expect((await faulty.notes(job)).crashed).toEqual([expect.stringMatching(/worker-[12]$/), 'coordinator']);
  } finally {
    await faulty.stop();
  }
});

test('a job tells its state, its tasks, its attempts, its bytes and its seconds, and is in the list', async () => {
  const view = await runJob({ application: 'wc', input: { objects: books }, reduceTasks: 3 });
  const inputBytes = TEXTS.reduce((sum, { contents }) => sum + new TextEncoder().encode(contents).length, 0);
  expect(view).toMatchObject({
    state: 'succeeded',
    phase: 'ended',
    tasks: { map: { total: 8, completed: 8 }, reduce: { total: 3, completed: 3 } },
    attempts: 11,
    failures: 0,
    bytes: { input: inputBytes },
  });
  expect(view.seconds).toBeGreaterThan(0);
  const outputs = await Promise.all([0, 1, 2].map((reduce) => client.outputText(view.job, reduce)));
  expect(view.bytes.output).toBe(new TextEncoder().encode(outputs.join('')).length);
  const list = await send('GET', '/jobs');
  expect(await list.json()).toMatchObject({
    jobs: expect.arrayContaining([{ job: view.job, application: 'wc', state: 'succeeded' }]),
  });
});

test('a job reads a key prefix of the store and writes under another one', async () => {
  for (const [key, value] of Object.entries({ 'texts/1': 'x y', 'texts/2': 'y z', text: 'no' })) {
    const response = await fetch(`${cluster.url}${PATHS.kv}/${encodeURIComponent(key)}`, {
      method: 'PUT',
      body: value,
    });
    expect(response.status).toBe(204);
  }
  const view = await runJob({ application: 'wc', input: { store: 'texts/' }, output: { store: 'counts/' } });
  expect(view.state).toBe('succeeded');
  for (const [word, count] of Object.entries({ x: '1', y: '2', z: '1' })) {
    const response = await fetch(`${cluster.url}${PATHS.kv}/counts%2F${word}`);
    expect(await response.text()).toBe(count);
  }
  expect((await fetch(`${cluster.url}${PATHS.kv}/counts%2Fno`)).status).toBe(404);
});

test('a job that is cancelled stays so, and its workers and outputs are gone', async () => {
  const { job } = await client.create(LONG_JOB());
  expect(await codeOf(await send('GET', `/jobs/${job}/output/0`))).toBe('job-running');
  expect((await client.cancel(job)).state).toBe('cancelled');
  expect((await client.find(job)).state).toBe('cancelled');
  const again = await send('DELETE', `/jobs/${job}`);
  expect([again.status, await codeOf(again)]).toEqual([409, 'job-ended']);
  expect(await codeOf(await send('GET', `/jobs/${job}/output/0`))).toBe('job-ended');
  await expect.poll(() => cluster.tables(`${job}/worker-1`), { timeout: 10_000 }).toEqual([]);
});

test('a job that has succeeded cannot be cancelled, and leaves nothing on its workers', async () => {
  const { job } = await runJob({ application: 'nocrash', input: { objects: books }, workers: 1 });
  expect(await codeOf(await send('DELETE', `/jobs/${job}`))).toBe('job-ended');
  for (const output of ['10', '0x0', '%20', '0e0', '00', '-0'])
    expect(await codeOf(await send('GET', `/jobs/${job}/output/${output}`))).toBe('output-unknown');
  await expect.poll(() => cluster.tables(`${job}/worker-1`), { timeout: 10_000 }).toEqual([]);
});

test('what is no job is refused: without input, of another form, or with an object that is not there', async () => {
  const job = { application: 'wc', input: { objects: books } };
  for (const body of [
    { ...job, application: 'nosuch' },
    { ...job, input: { objects: [] } },
    { ...job, input: { prefix: 'nothing/' } },
    { ...job, input: { store: 'nothing/' } },
    { ...job, input: { objects: ['inputs/not-there'] } },
    { ...job, reduceTasks: 257 },
  ]) {
    const response = await send('POST', '/jobs', body);
    expect([response.status, await codeOf(response)]).toEqual([400, 'job-invalid']);
  }
  for (const text of ['{', `\ufeff${JSON.stringify(job)}`, Uint8Array.of(0xff)]) {
    const notJson = await fetch(`${cluster.url}${PATHS.mapReduce}/jobs`, { method: 'POST', body: text });
    expect(await codeOf(notJson)).toBe('job-invalid');
  }
});

test.each(['nonsense', '1xpjn2g7o-d78fe124'])('there is no job %s', async (job) => {
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/output/0'],
  ] as const) {
    expect(await codeOf(await send(method, `/jobs/${job}${path}`))).toBe('job-unknown');
  }
});

test('a job whose tasks fail again and again fails, and says why', async () => {
  const object = await client.upload('word', 'word');
  const view = await runJob({
    application: 'wc',
    input: { objects: [object] },
    output: { store: 'k'.repeat(600) },
    options: { attemptsMax: 2 },
  });
  expect(view).toMatchObject({ state: 'failed', failures: 2 });
  expect(view.reason).toContain('key-too-long');
});
