import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATHS, type ProblemCode } from '../../src/protocol/index.ts';
import { readProblem } from '../../tools/harness/http-answers.ts';
import { MapReduceClient, type NewJob } from '../../tools/harness/mapreduce-client.ts';
import { MapReduceCluster } from '../../tools/harness/mapreduce-cluster.ts';
import { eightTexts } from '../../tools/harness/texts.ts';
import { sequentialLines, sortedLines } from '../labs/lab1/lab-job.ts';
import { ROOT, runScript } from './support/commands.ts';

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
  const headers = { 'content-type': 'application/json' };
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers };
  return fetch(`${cluster.url}${PATHS.mapReduce}${path}`, { method, ...content });
}

/** The names of all jobs. */
async function listed(): Promise<readonly string[]> {
  const { jobs } = (await (await send('GET', '/jobs')).json()) as {
    readonly jobs: readonly { job: string }[];
  };
  return jobs.map(({ job }) => job);
}

/** All lines of a job's outputs, in the order of their keys. */
async function linesOf(job: string, reduceTasks = 10): Promise<readonly string[]> {
  const numbers = Array.from({ length: reduceTasks }, (_, reduce) => reduce);
  return sortedLines((await Promise.all(numbers.map((reduce) => client.outputText(job, reduce)))).join(''));
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

test('`npm run mr` tells files of one name apart, and names them as its user did', async () => {
  const folder = mkdtempSync(join(ROOT, '.wrangler', 'flotilla-mr-'));
  const files = ['a', 'b'].map((name) => {
    mkdirSync(join(folder, name));
    return relative(ROOT, join(folder, name, 'x.txt'));
  });
  for (const [at, file] of files.entries())
    writeFileSync(join(ROOT, file), at === 0 ? 'apple apple\n' : 'apple\n');
  const { code, output } = await runScript('scripts/mr.ts', 'grep', '--arg', 'pattern=apple', ...files);
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(sortedLines(output)).toEqual([
    `${files[0]}:000000000000 apple apple`,
    `${files[1]}:000000000000 apple`,
  ]);
});

test('bytes that are no UTF-8 move no line', async () => {
  const line = `${'.'.repeat(998)}x\n`;
  const object = await client.upload(
    'latin/1.txt',
    new Blob([Uint8Array.of(0xe9), '\n', line.repeat(3_000)]),
  );
  const { job, state } = await runJob({
    application: 'grep',
    arguments: { pattern: 'x$' },
    input: { objects: [object] },
    reduceTasks: 1,
  });
  expect(state).toBe('succeeded');
  const places = (await linesOf(job, 1)).map((found) => found.slice(0, found.indexOf(' ')));
  expect(places).toEqual(
    Array.from({ length: 3_000 }, (_, at) => `latin/1.txt:${(2 + at * 1_000).toString().padStart(12, '0')}`),
  );
});

test('a long line is cut between words, or named with its place at the first attempt', async () => {
  const words = Array.from({ length: 200_000 }, (_, at) => ['alpha', 'beta', 'gamma'][at % 3]);
  const object = await client.upload('long/line', words.join(','));
  const input = { objects: [object] };
  const counted = await runJob({ application: 'wc', input });
  expect(await linesOf(counted.job)).toEqual(['alpha 66667', 'beta 66667', 'gamma 66666']);
  const searched = await runJob({ application: 'grep', arguments: { pattern: 'a' }, input });
  expect(searched).toMatchObject({ state: 'failed', failures: 1 });
  expect(searched.reason).toContain('long/line, offset 0: a line of more than 1048576 bytes');
});

test('a pattern that would keep a backtracking engine busy for ever holds up nobody', async () => {
  const object = await client.upload('evil', `${'a'.repeat(40)}!\n${'a'.repeat(40)}\n`.repeat(10_000));
  const job = { application: 'grep', arguments: { pattern: '^(a+)+$' }, input: { objects: [object] } };
  const running = runJob(job);
  const put = await fetch(`${cluster.url}${PATHS.kv}/meanwhile`, { method: 'PUT', body: 'x' });
  expect(put.status).toBe(204);
  const view = await running;
  expect(view.state).toBe('succeeded');
  expect((await linesOf(view.job)).length).toBe(10_000);
});

test('an upload that breaks off leaves nothing, and names with control characters are refused', async () => {
  const { hostname, port } = new URL(cluster.url);
  const socket = connect(Number(port), hostname);
  socket.end(
    `PUT ${PATHS.mapReduce}/inputs/broken HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-length: 100\r\n\r\nshort`,
  );
  await text(socket).catch(() => '');
  const job = { application: 'wc', input: { objects: ['inputs/broken'] } };
  expect(await (await send('POST', '/jobs', job)).text()).toContain('is not in the bucket');
  for (const name of ['a%0Ab', 'a%C2%85b', '%7F'])
    expect(await codeOf(await send('PUT', `/inputs/${name}`))).toBe('key-malformed');
  expect((await send('PUT', '/inputs/fine')).status).toBe(201);
  expect((await send('DELETE', '/inputs/fine')).status).toBe(204);
  expect(await codeOf(await send('GET', '/jobs?after=x'))).toBe('parameter-malformed');
});

test('a browser keeps an output as a file, and runs nothing of it', async () => {
  const object = await client.upload('page', '<script>');
  const { job } = await runJob({ application: 'wc', input: { objects: [object] }, reduceTasks: 1 });
  const { headers } = await send('GET', `/jobs/${job}/output/0`);
  expect(headers.get('content-disposition')).toBe('attachment');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
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
  const before = await listed();
  for (const body of [
    { ...job, application: 'nosuch' },
    { ...job, input: { objects: [] } },
    { ...job, input: { prefix: 'nothing/' } },
    { ...job, input: { store: 'nothing/' } },
    { ...job, input: { objects: ['inputs/not-there'] } },
    { ...job, reduceTasks: 257 },
    { ...job, input: { objects: books, prefix: 'inputs/' } },
    { ...job, input: { objects: Array(20_000).fill('inputs/a') } },
    { ...job, output: { store: 'k'.repeat(512) } },
    { ...job, application: 'grep', arguments: { pattern: '(?=a)' } },
  ]) {
    const response = await send('POST', '/jobs', body);
    expect([response.status, await codeOf(response)]).toEqual([400, 'job-invalid']);
  }
  const post = (body: string | Uint8Array<ArrayBuffer>, type: string) => {
    const headers = { 'content-type': type };
    return fetch(`${cluster.url}${PATHS.mapReduce}/jobs`, { method: 'POST', body, headers });
  };
  for (const wrong of ['{', `\ufeff${JSON.stringify(job)}`, Uint8Array.of(0xff)])
    expect(await codeOf(await post(wrong, 'application/json'))).toBe('body-malformed');
  expect(await codeOf(await post(JSON.stringify(job), 'text/plain'))).toBe('content-type-unsupported');
  const long = JSON.stringify({ ...job, input: { store: 'k'.repeat(8_000_000) } });
  expect(await codeOf(await post(long, 'application/json'))).toBe('body-too-large');
  expect(await listed()).toEqual(before);
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

test('a job that can never be done fails at the first attempt, and says why', async () => {
  const object = await client.upload('word', 'word');
  const view = await runJob({
    application: 'wc',
    input: { objects: [object] },
    output: { store: 'k'.repeat(511) },
  });
  expect(view).toMatchObject({ state: 'failed', failures: 1 });
  expect(view.reason).toContain('key-too-long');
});

test('only so many jobs run at a time, and old ones make way with all that they left', async () => {
  const small = await MapReduceCluster.start({}, { MAPREDUCE_RUNNING_MAX: 1, MAPREDUCE_JOBS_MAX: 2 });
  try {
    const smallClient = new MapReduceClient(small.url);
    const object = await smallClient.upload('words', 'a b');
    const job = { application: 'wc', input: { objects: [object] }, reduceTasks: 1 };
    const first = await smallClient.create({ ...job, application: 'jobcount' });
    const attempts = await Promise.allSettled([1, 2, 3].map(() => smallClient.create(job)));
    expect(attempts.map((attempt) => attempt.status === 'rejected' && String(attempt.reason))).toEqual(
      Array(3).fill(expect.stringContaining('1 jobs are running')),
    );
    expect((await smallClient.untilEnded(first.job)).state).toBe('succeeded');
    for (let more = 0; more < 2; more += 1) {
      // Its coordinator tells the list a little after it tells that it has ended.
      let created: string | undefined;
      await expect
        .poll(async () => (created = (await smallClient.create(job).catch(() => undefined))?.job), {
          timeout: 20_000,
        })
        .toBeDefined();
      expect((await smallClient.untilEnded(created ?? '')).state).toBe('succeeded');
    }
    await expect
      .poll(async () => (await fetch(`${small.url}${PATHS.mapReduce}/jobs/${first.job}`)).status, {
        timeout: 20_000,
      })
      .toBe(404);
    const list = await fetch(`${small.url}${PATHS.mapReduce}/jobs`);
    expect(await list.json()).toMatchObject({ jobs: [{ application: 'wc' }, { application: 'wc' }] });
  } finally {
    await small.stop();
  }
});
