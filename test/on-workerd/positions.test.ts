import { env, exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { HEADERS, PATHS } from '../../src/protocol/index.ts';
import { createShardOf } from '../../src/shard/index.ts';
import { keyPath } from '../../tools/harness/http-answers.ts';

const KEY = 'wanderer';
const READS = 12;
/** Half of the shards move when a group joins. */
const MOVES_MS = 60_000;

/** A user who keeps the last position, and sends it with each request. */
class Wanderer {
  position: string | undefined;

  async ask(method: string, path: string, body?: string): Promise<string> {
    const headers: Record<string, string> = {};
    if (this.position !== undefined) headers[HEADERS.position] = this.position;
    const init = body === undefined ? { method, headers } : { method, headers, body };
    const response = await exports.default.fetch(`https://flotilla${path}`, init);
    const text = new TextDecoder().decode(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    this.position = response.headers.get(HEADERS.position) ?? this.position;
    return text;
  }
}

async function change(path: string, body: unknown): Promise<void> {
  const response = await exports.default.fetch(`https://flotilla${PATHS.cluster}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

test(
  'whoever gives back his position reads his own writes at any replica, wherever the shard has moved',
  async () => {
    const shard = createShardOf(env.SHARDS)(KEY);
    const user = new Wanderer();
    await user.ask('PUT', keyPath(PATHS.kv, KEY), 'before');
    await change('/join', { groups: [2] });
    for (const group of [2, 1, 2]) {
      await change('/move', { shard, group });
      const value = `written when group ${group} was to have it`;
      await user.ask('PUT', keyPath(PATHS.kv, KEY), value);
      for (let read = 0; read < READS; read += 1) {
        expect(await user.ask('GET', `${keyPath(PATHS.kv, KEY)}?consistency=stale`)).toBe(value);
      }
    }
  },
  MOVES_MS,
);

test('a position that no shard comes to is answered in time, and put right', async () => {
  const user = new Wanderer();
  await user.ask('PUT', keyPath(PATHS.kv, KEY), 'now');
  const { position } = user;
  user.position = position?.replace(/\d+$/, '9007199254740991');
  expect(await user.ask('GET', `${keyPath(PATHS.kv, KEY)}?consistency=stale`)).toBe('now');
  expect(user.position).toBe(position);
});
