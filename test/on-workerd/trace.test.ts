/** The notes of real objects; vitest.config.ts turns them on. */

import { env, exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { createApp } from '../../workers/app.ts';
import { chooseBackends } from '../../workers/gateway/choose-backends.ts';
import { leaderStatus, send } from './store.ts';

function readTrace(query: string): Promise<Response> {
  return exports.default.fetch(`https://flotilla${PATHS.trace}${query}`);
}

test('the trace of a group tells in prose how it elected a leader and what it wrote, in the order of time', async () => {
  await send('PUT', PATHS.kv, 'secret-key', 'secret-value');
  const { id, term } = await leaderStatus();
  const response = await readTrace('?group=1');
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ]);
  const text = await response.text();
  const lines = text.split('\n').slice(0, -1);
  const notes = lines.map((line) => /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([1-3] .+)$/.exec(line) ?? []);
  expect(notes.filter(([whole]) => whole === undefined)).toEqual([]);
  const times = notes.map(([, time = '']) => time);
  expect(times).toEqual(times.toSorted());
  const said = notes.map(([, , note]) => note);
  expect(said).toEqual(expect.arrayContaining(['1 starts with incarnation 1', `${id} leads term ${term}`]));
  expect(text).toMatch(/\d applies \d+@\d+ \(\d+ bytes\)/);
  expect(text).not.toContain('secret');
});

test('the controller has a trace as well', async () => {
  await send('PUT', PATHS.kv, 'key', 'value');
  expect(await (await readTrace('?group=controller')).text()).toMatch(/ \d leads term \d+\n/);
});

test.each(['', '?group=', '?group=0', '?group=7', '?group=solo', '?group=1/2', '?group=group-1'])(
  'a trace of what is no group is refused: "%s"',
  async (query) => {
    const response = await readTrace(query);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'parameter-malformed' }),
    ]);
  },
);

test('where no notes are kept the answer says what turns them on', async () => {
  const app = createApp(chooseBackends);
  const response = await app.request(`${PATHS.trace}?group=1`, {}, { ...env, TRACE_NOTES_MAX: 0 });
  expect([response.status, await response.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'trace-off', detail: expect.stringContaining('TRACE_NOTES_MAX') }),
  ]);
});
