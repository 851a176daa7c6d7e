/**
 * Requests share calls to replicas, and a call belongs to the request that made it. So whoever leaves while others wait
 * must not take their answers along.
 */

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const ROUNDS = 30;
const CLIENTS = 24;
/** The deadline of a request is ten seconds: what hangs until then is found out. */
const ANSWER_MS_MAX = 8_000;
const TEST_MS = 180_000;

const cluster = new LocalCluster();
let port = 0;

beforeAll(async () => {
  await cluster.start();
  port = Number(new URL(cluster.url).port);
  await fetch(`${cluster.url}${PATHS.kv}/first`, { method: 'PUT', body: 'x' });
}, TEST_MS);
afterAll(() => cluster.stop());

/** Sends a request; the socket is left open. */
function send(method: string, key: string, body: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const head = `${method} ${PATHS.kv}/${key} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(head + body);
  return socket;
}

function statusOf(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), ANSWER_MS_MAX);
    socket.once('data', (chunk) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1]));
    });
  });
}

test(
  'clients that leave while others wait for the same call take no answer along',
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const staying: Promise<number>[] = [];
      const leaving: Socket[] = [];
      for (let client = 0; client < CLIENTS; client += 1) {
        const isRead = client % 4 === 3;
        const socket = send(
          isRead ? 'GET' : 'PUT',
          isRead ? 'first' : `key-${round}-${client}`,
          isRead ? '' : 'value',
        );
        // The first of all make the calls that the others share.
        if (client % 2 === 0) leaving.push(socket);
        else staying.push(statusOf(socket).then((status) => (isRead ? status + 4 : status)));
      }
      await new Promise((resolve) => setTimeout(resolve, round % 10));
      for (const socket of leaving) socket.destroy();
      expect(await Promise.all(staying), `round ${round}`).toEqual(staying.map(() => 204));
    }
  },
  TEST_MS,
);
