/** Batches and streams over the real objects, and what is the same as by the routes of single keys. */

import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { send } from './store.ts';

const LINES = 3000;

async function post(type: string, body: string): Promise<string> {
  const headers = { 'content-type': type };
  const response = await exports.default.fetch(`https://flotilla${PATHS.batch}`, {
    method: 'POST',
    headers,
    body,
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
  return new TextDecoder().decode(await response.arrayBuffer());
}

test('a batch is carried out, and each result is what the route of the key says', async () => {
  const operations = [
    { op: 'put', key: 'batch-a', value: 'text' },
    { op: 'append', key: 'batch-a', base64: 'AAEC' },
    { op: 'delete', key: 'batch-none' },
    { op: 'get', key: 'batch-a' },
    { op: 'get', key: 'batch-none' },
  ];
  const { results } = JSON.parse(await post('application/json', JSON.stringify({ operations })));
  expect(results).toMatchObject([
    { status: 204 },
    { status: 200, previous: 'present', length: 7, value: 'text' },
    { status: 204, existed: false },
    { status: 200, value: 'text\u0000\u0001\u0002' },
    { status: 404 },
  ]);
  const found = await send('GET', PATHS.kv, 'batch-a');
  const { etag, position } = results[3];
  expect([found.headers.get('etag'), found.headers.get('flotilla-position')]).toEqual([etag, position]);
  const absent = await send('GET', PATHS.kv, 'batch-none');
  expect(JSON.parse(absent.text)).toEqual(results[4].problem);
});

test('appends to one key are executed in the order of a stream, also beyond its window', async () => {
  const appends = Array.from({ length: 40 }, (_, at) => ({
    op: 'append',
    key: 'batch-log',
    value: `${at},`,
  }));
  const puts = Array.from({ length: LINES }, (_, at) => ({
    op: 'put',
    key: `batch-${at % 500}`,
    value: `${at}`,
  }));
  const operations = [...puts, ...appends, { op: 'get', key: 'batch-log' }, { op: 'get', key: 'batch-7' }];
  const text = await post(
    'application/x-ndjson',
    operations.map((operation) => JSON.stringify(operation)).join('\n'),
  );
  const results = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(results.length).toBe(operations.length);
  expect(results.filter(({ status }) => status >= 300)).toEqual([]);
  expect(results.at(-2).value).toBe(appends.map(({ value }) => value).join(''));
  expect(results.at(-1).value).toBe('2507');
});
