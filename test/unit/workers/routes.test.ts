import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../workers/app.ts';
import type { Backends } from '../../../workers/gateway/backends.ts';
import { edgeBudgets } from '../../../workers/gateway/edge-budgets.ts';
import { appOver, expectProblem, unusedCluster } from './fake-backends.ts';

describe('the API', () => {
  test('introduces itself at its root', async () => {
    const response = await appOver().app.request('/');
    expect(await response.json()).toEqual({
      name: 'flotilla',
      endpoints: {
        kv: '/v1/kv/{key}',
        solo: '/v1/solo/{key}',
        batch: '/v1/batch',
        sessions: '/v1/sessions',
        status: '/v1/status',
        trace: '/v1/trace',
        cluster: '/v1/cluster',
      },
    });
  });

  test('gives out a client id', async () => {
    const response = await appOver().app.request('/v1/sessions', { method: 'POST' });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      client: 'mbx2k3f4-fresh',
      renewAfterMs: 300_000,
      sessionTtlMs: 1_800_000,
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('reports its status', async () => {
    const response = await appOver().app.request('/v1/status');
    expect([response.status, await response.json()]).toEqual([200, { groups: 3 }]);
  });

  test('tells what the replicas of a group did of late, and which of them say nothing', async () => {
    const lines = '1 group-7/1 elected\n';
    const { app } = appOver({ trace: { type: 'trace', lines, silent: ['group-7/2'] } });
    const response = await app.request('/v1/trace?group=7');
    expect([response.status, await response.text()]).toEqual([200, `${lines}# group-7/2 does not answer\n`]);
  });

  test.each([
    ['?group=7', 'trace-off'],
    ['?group=8', 'parameter-malformed'],
    ['', 'parameter-malformed'],
  ] as const)('has no trace of %j to tell: %s', async (query, code) => {
    await expectProblem(await appOver().app.request(`/v1/trace${query}`), code);
  });

  test('chooses its backends by the bindings of the request', async () => {
    const { kv, solo } = appOver();
    const app = createApp((env: { readonly name: string }) => ({
      kv,
      solo,
      cluster: unusedCluster,
      budgets: edgeBudgets(),
      status: async () => env.name,
      trace: async () => ({ type: 'off' }),
      newClient: async () => undefined,
      checkClient: async () => ({ type: 'not-issued' }),
    }));
    const response = await app.request('/v1/status', {}, { name: 'east' });
    expect(await response.json()).toBe('east');
  });

  test('names each request in its answer by an id of its own, whatever the client calls it', async () => {
    const { app } = appOver();
    const ids = new Set<string | null>();
    for (const headers of [{}, { 'x-request-id': 'mine-1' }, { 'x-request-id': 'mine-1' }]) {
      ids.add((await app.request('/v1/kv/a', { headers })).headers.get('x-request-id'));
    }
    expect([...ids]).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^[\da-f-]{36}$/)));
  });

  test('insists on TLS where there is TLS, and nowhere else', async () => {
    const { app } = appOver();
    const [plain, secure] = await Promise.all(
      ['http', 'https'].map((scheme) => app.request(`${scheme}://h/`)),
    );
    expect(plain?.headers.has('strict-transport-security')).toBe(false);
    expect(secure?.headers.get('strict-transport-security')).toBe('max-age=15552000');
  });

  test('sends no header that says nothing about its answer', async () => {
    const { app } = appOver({ read: { type: 'failed', reason: 'no-answer', mayBeExecuted: false } });
    const response = await app.request('/v1/kv/a');
    expect([...response.headers.keys()].toSorted()).toEqual([
      'cache-control',
      'content-security-policy',
      'content-type',
      'cross-origin-resource-policy',
      'retry-after',
      'x-content-type-options',
      'x-request-id',
    ]);
  });
});

describe('an unknown path', () => {
  test.each([
    '/v1',
    '/v1/',
    '/v2/kv/a',
    '/v1/kvs',
    '/v1/KV/a',
    '/v1/%6Bv/a',
    '/v1%2Fkv/a',
    '//v1/kv/a',
    '/v1/status/',
    '/favicon.ico',
  ])('%s answers 404 route-not-found', async (path) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH']) {
      const response = await appOver().app.request(`http://h${path}`, { method });
      expect([response.status, response.headers.has('allow')]).toEqual([404, false]);
      if (method !== 'HEAD') await expectProblem(response, 'route-not-found');
    }
  });
});

describe('a wrong method', () => {
  test.each([
    ['PATCH', '/v1/kv/a', 'GET, HEAD, PUT, POST, DELETE'],
    ['OPTIONS', '/v1/kv/a%2Fb/c', 'GET, HEAD, PUT, POST, DELETE'],
    ['PATCH', '/v1/solo/a', 'GET, HEAD, PUT, POST, DELETE'],
    ['GET', '/v1/sessions', 'POST'],
    ['GET', '/v1/batch', 'POST'],
    ['PUT', '/v1/batch', 'POST'],
    ['POST', '/v1/status', 'GET, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
  ])('%s %s answers 405 and allows %s', async (method, path, allow) => {
    const response = await appOver().app.request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    await expectProblem(response, 'method-not-allowed');
  });

  test('HEAD goes wherever GET goes', async () => {
    for (const path of ['/', '/v1/status']) {
      const response = await appOver().app.request(path, { method: 'HEAD' });
      expect([response.status, response.body]).toEqual([200, null]);
    }
    const response = await appOver().app.request('/v1/sessions', { method: 'HEAD' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a failure that nobody expected', () => {
  const secret = 'disk 7 in rack 4 is on fire';
  const fail = async () => {
    throw new Error(secret);
  };
  const broken: Backends = {
    kv: { shardOf: () => 0, write: fail, read: fail },
    solo: { shardOf: () => 0, write: fail, read: fail },
    cluster: { ...unusedCluster, describe: fail },
    budgets: edgeBudgets(),
    status: fail,
    trace: fail,
    newClient: fail,
    checkClient: fail,
  };
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([
    ['mine-1', ' (x-request-id mine-1)'],
    [
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ' (x-request-id 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01)',
    ],
    ['x'.repeat(129), ''],
    ['a b', ''],
    ['a\u001b[2J', ''],
    ['"a"', ''],
    ['', ''],
  ])(
    'is told to the operator with the id that the client gave it, if that is well-formed: %j',
    async (outer, told) => {
      const report = vi.spyOn(console, 'error').mockReturnValue();
      const init = { headers: { 'x-request-id': outer } };
      const response = await createApp(() => broken).request('/v1/status', init);
      const id = response.headers.get('x-request-id');
      expect(report).toHaveBeenCalledExactlyOnceWith(`request ${id}${told} failed:`, new Error(secret));
    },
  );

  test.each([
    ['GET', '/v1/kv/a', 'not-executed'],
    ['GET', '/v1/status', 'not-executed'],
    ['PUT', '/v1/kv/a', 'unknown'],
    ['POST', '/v1/solo/a', 'unknown'],
    ['DELETE', '/v1/kv/a', 'unknown'],
    ['POST', '/v1/sessions', 'unknown'],
  ] as const)(
    'in %s %s answers 500 internal, outcome %s, and is told to the operator only',
    async (method, path, outcome) => {
      const report = vi.spyOn(console, 'error').mockReturnValue();
      const response = await createApp(() => broken).request(path, { method });
      expect(await response.clone().text()).not.toContain('fire');
      const id = response.headers.get('x-request-id');
      await expectProblem(response, 'internal', { outcome });
      expect(report).toHaveBeenCalledExactlyOnceWith(`request ${id} failed:`, new Error(secret));
    },
  );
});
