import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyProblem, LIMITS } from '../../../src/protocol/index.ts';
import { appOver, expectProblem } from './fake-backends.ts';

const { app, kv, solo } = appOver();

/** The key under which a PUT of this path is stored. */
async function storedKey(path: string): Promise<string | undefined> {
  await app.request(path, { method: 'PUT', body: 'x' });
  return lastKey();
}

/** The same for a host that hands the path over as it stood on the request line. */
async function storedKeyOfRawPath(path: string): Promise<string | undefined> {
  const request = new Request('http://h/', { method: 'PUT', body: 'x' });
  Object.defineProperty(request, 'url', { value: `http://h${path}` });
  await app.fetch(request);
  return lastKey();
}

const lastKey = () => (kv.writes.pop() ?? solo.writes.pop())?.command.key;

describe('the key of a request', () => {
  test('is the one the client encoded, whatever it is', async () => {
    const keys = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 150 })
      .filter((key) => keyProblem(key) === undefined);
    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom('/v1/kv/', '/v1/solo/'), async (key, prefix) => {
        expect(await storedKey(prefix + encodeURIComponent(key))).toBe(key);
        expect(await storedKeyOfRawPath(`/v1/kv/${encodeURIComponent(key)}`)).toBe(key);
      }),
    );
  });

  test.each([
    ['a/b/c', 'a/b/c'],
    ['a//b/', 'a//b/'],
    ['/a', '/a'],
    ['a%2Fb', 'a/b'],
    ['%2Fa', '/a'],
    ['a?consistency=stale', 'a'],
    ['a#fragment', 'a'],
    ['a%3Fb', 'a?b'],
    ['a%23b', 'a#b'],
    ['a:b@c;d=e,f!g*h(i)', 'a:b@c;d=e,f!g*h(i)'],
    ['%25FF', '%FF'],
    ['a%5Cb', 'a\\b'],
    ['a b', 'a b'],
    ['ключ', 'ключ'],
    ['%0A', '\n'],
    ['*', '*'],
    ['...', '...'],
    ['%2Fv1%2Fsolo%2Fa', '/v1/solo/a'],
  ])('%s is %j', async (encoded, key) => {
    expect(await storedKey(`/v1/kv/${encoded}`)).toBe(key);
  });

  test.each(['%', '%zz', '%FF', '%C0%AF', '%ED%A0%80', 'a/%E2%82'])(
    '%s answers 400 key-malformed',
    async (encoded) => {
      const { app, kv } = appOver();
      for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
        await expectProblem(await app.request(`/v1/kv/${encoded}`, { method }), 'key-malformed');
      }
      expect([...kv.writes, ...kv.reads]).toEqual([]);
    },
  );

  test.each(['/v1/kv/', '/v1/kv', '/v1/kv/?a', '/v1/solo/'])('%s answers 400 key-empty', async (path) => {
    await expectProblem(await appOver().app.request(path), 'key-empty');
  });

  test('longer than the limit answers 400 key-too-long', async () => {
    const { app } = appOver();
    const longest = 'é'.repeat(LIMITS.keyBytesMax / 2);
    const put = (key: string) => app.request(`/v1/kv/${encodeURIComponent(key)}`, { method: 'PUT' });
    expect((await put(longest)).status).toBe(204);
    await expectProblem(await put(`${longest}a`), 'key-too-long', { bytesMax: LIMITS.keyBytesMax });
  });
});

describe('what the URL standard does to a path before a key is read from it', () => {
  test.each([
    ['a/../b', 'b'],
    ['a/./b', 'a/b'],
    ['a/%2e%2E/b', 'b'],
    ['a/.', 'a/'],
    ['a\\b', 'a/b'],
    ['a%2F..%2Fb', 'a/../b'],
    ['..%2Fa', '../a'],
    ['a%2F.', 'a/.'],
  ])('%s is the key %j, whether or not the host has parsed it', async (encoded, key) => {
    expect(await storedKey(`/v1/kv/${encoded}`)).toBe(key);
    expect(await storedKeyOfRawPath(`/v1/kv/${encoded}`)).toBe(key);
  });

  test('leaves no path for the keys "." and "..": nothing is stored', async () => {
    const { app } = appOver();
    await expectProblem(await app.request('/v1/kv/.', { method: 'PUT' }), 'key-empty');
    await expectProblem(await app.request('/v1/kv/%2e', { method: 'PUT' }), 'key-empty');
    await expectProblem(await app.request('/v1/kv/..', { method: 'PUT' }), 'route-not-found');
    await expectProblem(await app.request('/v1/kv/%2E%2e', { method: 'PUT' }), 'route-not-found');
  });
});
