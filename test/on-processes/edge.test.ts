/** What HTTP clients do not send: written to a socket, byte by byte, to a bare workerd. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const cluster = new LocalCluster();
const stored = `${PATHS.kv}/stored`;

beforeAll(async () => {
  await cluster.start();
  const put = await fetch(cluster.url + stored, { method: 'PUT', body: 'value' });
  expect(put.status).toBe(204);
});
afterAll(() => cluster.stop());

const host = () => new URL(cluster.url).host;

async function open() {
  const socket = connect(Number(new URL(cluster.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** The answer to these lines and this body, if the server ends the connection after it. */
async function send(
  lines: readonly string[],
  body = '',
): Promise<{ status: number; code: unknown; body: string }> {
  const socket = await open();
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  const [head = '', answer = ''] = (await text(socket)).split('\r\n\r\n');
  const isProblem = head.toLowerCase().includes('application/problem+json');
  return { status: Number(head.split(' ')[1]), code: isProblem && JSON.parse(answer).code, body: answer };
}

describe('a Host', () => {
  test('that is plain serves the path of the request line', async () => {
    const answer = await send([`GET ${stored} HTTP/1.1`, `Host: ${host()}`]);
    expect(answer).toMatchObject({ status: 200, body: 'value' });
  });

  test.each([
    `a${PATHS.cluster}?`,
    `127.0.0.1${PATHS.status}?`,
    `127.0.0.1${PATHS.status}#`,
    '127.0.0.1\\v1\\status?',
    '127.0.0.1@127.0.0.1',
    '127.0.0.1:99999',
    '127.0.0.1\tb',
    '127.0.0.1 b',
  ])('of nonsense is refused: %j', async (nonsense) => {
    const answer = await send([`GET ${stored} HTTP/1.1`, `Host: ${nonsense}`]);
    expect(answer).toMatchObject({ status: 400, code: 'host-malformed' });
  });

  test('that comes twice is refused', async () => {
    const answer = await send([`GET ${stored} HTTP/1.1`, `Host: ${host()}`, 'Host: 127.0.0.1']);
    expect(answer).toMatchObject({ status: 400, code: 'host-malformed' });
  });
});

describe('a page of another site', () => {
  test.each([
    ['Host: rebind.example'],
    ['Host: localhost', 'Origin: http://evil.example'],
    ['Host: localhost', 'Sec-Fetch-Site: cross-site'],
  ])('changes nothing: %s %s', async (...headers) => {
    const body = '{"groups":[1]}';
    const type = 'Content-Type: text/plain';
    const lines = [
      `POST ${PATHS.cluster}/leave HTTP/1.1`,
      ...headers,
      type,
      `Content-Length: ${body.length}`,
    ];
    expect(await send(lines, body)).toMatchObject({ status: 403, code: 'cross-site' });
  });
});

describe('a body', () => {
  const put = (...framing: string[]) => [`PUT ${PATHS.kv}/half HTTP/1.1`, `Host: ${host()}`, ...framing];

  test('that breaks off is no failure of the server, and writes nothing', async () => {
    const answer = await send(put('Transfer-Encoding: chunked'), 'no chunk at all\r\n');
    expect(answer).toMatchObject({ status: 400, code: 'body-incomplete' });
    for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const socket = await open();
      socket.write(`${put(framing).join('\r\n')}\r\n\r\n4\r\nhalf\r\n`);
      await pause(50);
      socket.destroy();
    }
    const { status } = await fetch(`${cluster.url}${PATHS.kv}/half`);
    expect(status).toBe(404);
  });

  test('that is longer than a value is refused while it comes, whatever its length was said to be', async () => {
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const answer = await send(put('Transfer-Encoding: chunked'), `${chunk}1\r\nx\r\n0\r\n\r\n`);
    expect(answer).toMatchObject({ status: 413, code: 'value-too-large' });
    const lie = await send(
      put('Content-Length: 3', 'Transfer-Encoding: chunked'),
      `${chunk}1\r\nx\r\n0\r\n\r\n`,
    );
    expect(lie).toMatchObject({ status: 413, code: 'value-too-large' });
  });

  test('that says it has megabytes is refused before it comes', async () => {
    const lines = [
      `POST ${PATHS.cluster}/leave HTTP/1.1`,
      `Host: ${host()}`,
      'Content-Type: application/json',
    ];
    const answer = await send([...lines, 'Content-Length: 2750000']);
    expect(answer).toMatchObject({ status: 413, code: 'body-too-large' });
  });
});
