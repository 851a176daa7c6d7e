import { describe, expect, test } from 'vitest';
import { appOver, expectProblem } from './fake-backends.ts';

/** What the app answers when workerd makes a request of this Host and this request line. */
function askAsWorkerd(host: string, target: string) {
  const { app, kv } = appOver();
  const request = new Request('http://h/');
  Object.defineProperty(request, 'url', { value: `http://${host}${target}` });
  request.headers.set('host', host);
  return { answered: app.fetch(request), kv };
}

describe('a Host that is not plain', () => {
  test.each(['a/v1/cluster?', 'a/v1/kv/other#', 'a\\v1\\status?', 'a?', 'a#', 'a@b', 'a:99999', 'a,b', ''])(
    '%j is refused: it could make another path of the request line',
    async (host) => {
      const { answered, kv } = askAsWorkerd(host, '/v1/kv/x');
      await expectProblem(await answered, 'host-malformed');
      expect(kv.reads).toEqual([]);
    },
  );

  test('is also what a request line without a slash makes', async () => {
    await expectProblem(await askAsWorkerd('a', '*').answered, 'host-malformed');
  });
});

test.each(['a', 'store.example:8787', '127.0.0.1', '[::1]:80'])('a request to %s is served', async (host) => {
  const { answered, kv } = askAsWorkerd(host, '/v1/kv/x');
  expect((await answered).status).toBe(404);
  expect(kv.reads.map(({ key }) => key)).toEqual(['x']);
});

const OWN = 'localhost:8787';

/** A write to the store and a change of its cluster, at a deployment with these settings. */
async function ask(headers: Readonly<Record<string, string>>, settings: object) {
  const { app, kv } = appOver();
  const init = { method: 'PUT', headers: { host: OWN, ...headers }, body: 'x' };
  return { response: await app.request(`http://${OWN}/v1/kv/a`, init, settings), writes: kv.writes };
}

describe('a local deployment', () => {
  const LOCAL = { LOCAL_HOSTS: 'my-machine,other.local' };

  test.each<Record<string, string>>([
    {},
    { host: '127.0.0.1:8787' },
    { host: '[::1]' },
    { host: 'My-Machine:8787' },
    { host: 'other.local' },
    { origin: `http://${OWN}`, 'sec-fetch-site': 'same-origin' },
    { origin: `https://${OWN}` },
    { 'sec-fetch-site': 'none' },
  ])('serves %j', async (headers) => {
    const { response } = await ask(headers, LOCAL);
    expect(response.status).toBe(204);
  });

  test.each<Record<string, string>>([
    { host: 'rebind.example' },
    { host: 'rebind.example', origin: 'http://rebind.example', 'sec-fetch-site': 'same-origin' },
    { host: 'localhost.rebind.example' },
    { origin: 'http://evil.example' },
    { origin: 'http://localhost' },
    { origin: 'http://localhost:3000' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'something-new' },
  ])('refuses %j, and executes nothing', async (headers) => {
    const { response, writes } = await ask(headers, LOCAL);
    await expectProblem(response, 'cross-site');
    expect(writes).toEqual([]);
  });

  test('refuses what is no route as well: a page learns nothing', async () => {
    const { app } = appOver();
    const response = await app.request(
      `http://${OWN}/x`,
      { headers: { origin: 'http://evil.example' } },
      LOCAL,
    );
    await expectProblem(response, 'cross-site');
  });
});

test('a deployment that is not local leaves Host and Origin to what stands in front of it', async () => {
  const headers = { host: 'store.example', origin: 'http://app.example', 'sec-fetch-site': 'cross-site' };
  expect((await ask(headers, {})).response.status).toBe(204);
});

test('a local deployment believes neither the request line nor the Host alone', async () => {
  for (const [host, address] of [
    [OWN, 'http://evil.example/v1/kv/a'],
    ['evil.example', `http://${OWN}/v1/kv/a`],
  ] as const) {
    const { app, kv } = appOver();
    const response = await app.request(address, { headers: { host } }, { LOCAL_HOSTS: 'my-machine' });
    await expectProblem(response, 'cross-site');
    expect(kv.reads).toEqual([]);
  }
});
