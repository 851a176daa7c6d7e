import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type LoadRequest, runLoad, sendAll, UnexpectedAnswer } from '../../../../tools/bench/load.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : '';
}

const GET: LoadRequest = { method: 'GET', path: '/', expectedStatus: 200 };

test('each client has one request under way on a connection of its own, and none before the count is counted', async () => {
  let [underWay, most, answered] = [0, 0, 0];
  const sockets = new Set<unknown>();
  const url = await serve(({ socket }, response) => {
    sockets.add(socket);
    underWay += 1;
    most = Math.max(most, underWay);
    setTimeout(() => {
      underWay -= 1;
      answered += 1;
      response.end('x');
    }, 5);
  });
  const result = await runLoad({ url, clients: 4, warmUpMs: 60, durationMs: 100, nextRequest: () => GET });
  expect([most, sockets.size]).toEqual([4, 4]);
  expect(result.latenciesMs.length).toBeGreaterThanOrEqual(4);
  expect(result.latenciesMs.length).toBeLessThan(answered);
  expect(result.latenciesMs).toEqual(result.latenciesMs.toSorted((a, b) => a - b));
  expect(result.loadCpuMs).toBeGreaterThan(0);
});

test('the CPU of the server is that of the counted time, for one operation', async () => {
  const url = await serve((_, response) => response.end('x'));
  const cpuMs = [100, 150];
  const serverCpuMs = (): number => cpuMs.shift() ?? Number.NaN;
  const load = { url, clients: 1, warmUpMs: 0, durationMs: 50, nextRequest: () => GET, serverCpuMs };
  const result = await runLoad(load);
  expect(result.serverCpuMs).toBeCloseTo(50 / result.latenciesMs.length);
});

test('an answer counts for all the operations that its request carried', async () => {
  const url = await serve((_, response) => response.end('x'));
  const counted = (operations: number) => {
    const cpuMs = [100, 150];
    const serverCpuMs = (): number => cpuMs.shift() ?? Number.NaN;
    const nextRequest = () => ({ ...GET, operations });
    return runLoad({ url, clients: 1, warmUpMs: 0, durationMs: 50, nextRequest, serverCpuMs });
  };
  const result = await counted(100);
  expect(result.serverCpuMs).toBeCloseTo(50 / (100 * result.latenciesMs.length));
  expect(result.operationsPerSecond).toBeGreaterThan(100 * result.latenciesMs.length);
});

test('one operation that failed among many is no success', async () => {
  const url = await serve((_, response) => response.end('{"results":[{"problem":{}}]}'));
  const nextRequest = () => ({ ...GET, failsWith: '"problem":' });
  const load = runLoad({ url, clients: 1, warmUpMs: 0, durationMs: 50, nextRequest });
  await expect(load).rejects.toThrow(UnexpectedAnswer);
});

test('a slow server is watched until there is an answer for each client', async () => {
  const url = await serve((_, response) => setTimeout(() => response.end('x'), 100));
  const result = await runLoad({ url, clients: 2, warmUpMs: 0, durationMs: 10, nextRequest: () => GET });
  expect(result.latenciesMs.length).toBeGreaterThanOrEqual(2);
});

test('an answer that comes when no client goes on is not counted, and is seen as the slowest', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    calls += 1;
    setTimeout(() => response.end('x'), calls === 1 ? 300 : 5);
  });
  const result = await runLoad({ url, clients: 2, warmUpMs: 0, durationMs: 50, nextRequest: () => GET });
  expect(result.latenciesMs.at(-1)).toBeLessThan(300);
  expect(result.slowestMs).toBeGreaterThanOrEqual(299);
});

test('an answer that is not expected ends the load', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    calls += 1;
    response.writeHead(calls > 5 ? 503 : 200).end(calls > 5 ? '{"code":"no-leader"}' : '');
  });
  const load = runLoad({ url, clients: 2, warmUpMs: 0, durationMs: 5000, nextRequest: () => GET });
  await expect(load).rejects.toThrow(UnexpectedAnswer);
  await expect(load).rejects.toMatchObject({ status: 503, text: '{"code":"no-leader"}' });
});

test('a server that is gone ends the load', async () => {
  const url = await serve((request) => request.socket.destroy());
  const load = runLoad({ url, clients: 2, warmUpMs: 0, durationMs: 5000, nextRequest: () => GET });
  await expect(load).rejects.toThrow();
});

test('each request is sent with its body and headers, until it is served, and then no more', async () => {
  const seen: string[] = [];
  let calls = 0;
  const url = await serve(({ method, url: path, headers }, response) => {
    calls += 1;
    const isServed = calls > 3;
    if (isServed) seen.push(`${method} ${path} ${headers['if-none-match']} ${headers['content-length']}`);
    response.writeHead(isServed ? 204 : 503).end();
  });
  const requests = Array.from(
    { length: 20 },
    (_, number): LoadRequest => ({
      method: 'PUT',
      path: `/${number}`,
      headers: { 'if-none-match': '*' },
      body: Buffer.from(`value-${number}`),
      expectedStatus: 204,
    }),
  );
  let sent = 0;
  await sendAll(url, 3, requests.values(), () => {
    sent += 1;
  });
  expect(sent).toBe(20);
  expect(seen.toSorted()).toEqual(requests.map((_, n) => `PUT /${n} * ${`value-${n}`.length}`).toSorted());
});
