/** Very many at once: large reads, large writes, appends to large values, and bodies that do not come. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS, PATHS } from '../../src/protocol/index.ts';
import type { Heard } from './exchange.ts';
import { play } from './exchange.ts';
import { ask, type HostileCase, withBody } from './hostile-case.ts';

const AT_ONCE = 100;
const HELD_OPEN = 300;
const KEY = `${PATHS.kv}/hostile-flood`;
const LARGEST = Buffer.alloc(LIMITS.valueBytesMax, 0x63);

const ROUNDS: readonly HostileCase[] = [
  flood('a large write', withBody(`PUT ${KEY}`, LARGEST), '204'),
  flood('a large read', ask(`GET ${KEY}`), '200', '404 key-not-found'),
  flood('a large read, of any replica', ask(`GET ${KEY}?consistency=stale`), '200', '404 key-not-found'),
  flood('an empty append to a large value', withBody(`POST ${KEY}`, ''), '200', '204'),
  flood('a status', ask(`GET ${PATHS.status}`), '200'),
];

/** Each answer, with the case that it belongs to. */
export async function* floods(url: URL): AsyncGenerator<readonly [HostileCase, Heard]> {
  for (const round of ROUNDS) {
    const heard = await Promise.all(Array.from({ length: AT_ONCE }, () => play(url, round)));
    for (const each of heard) yield [round, each];
  }
  yield [HELD, await playBeside(url)];
}

function flood(name: string, bytes: Buffer, ...right: readonly string[]): HostileCase {
  return { name, steps: [{ type: 'send', bytes }], right };
}

const HELD = flood(
  `a write beside ${HELD_OPEN} bodies that do not come`,
  withBody(`PUT ${KEY}`, 'small'),
  '204',
);

/** A small write needs no room: those who hold it cannot keep it out. */
async function playBeside(url: URL): Promise<Heard> {
  const length = `Content-Length: ${LIMITS.valueBytesMax}`;
  const sockets = Array.from({ length: HELD_OPEN }, () => {
    const socket = connect({ port: Number(url.port || 80), host: url.hostname });
    socket.on('error', () => {});
    socket.write(ask(`PUT ${KEY}-slow`, [length], 'x'));
    return socket;
  });
  await Promise.race([once(sockets.at(-1) ?? connect(0), 'connect'), pause(1000)]);
  try {
    return await play(url, HELD);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
