import { describe, expect, test } from 'vitest';
import { SessionPool } from '../../../src/client/index.ts';
import { clientIdRenewMs, DEFAULT_KV_SETTINGS, issuedAtMs } from '../../../src/kv/index.ts';
import { asShardId } from '../../../src/shard/index.ts';

const SHARD = asShardId(7);
const START_MS = 1_700_000_000_000;
const RENEW_MS = clientIdRenewMs(DEFAULT_KV_SETTINGS);

function setUp() {
  let ids = 0;
  const uniquePart = () => {
    ids += 1;
    return `id${ids}`;
  };
  return new SessionPool({ settings: DEFAULT_KV_SETTINGS, uniquePart });
}

describe('a pool of sessions', () => {
  test('never lends a client to two calls at a time', () => {
    const pool = setUp();
    const borrowed = [pool.take(SHARD), pool.take(SHARD), pool.take(SHARD)];
    expect(new Set(borrowed).size).toBe(3);
    const clients = borrowed.map((client) => client.next(START_MS).client);
    expect(new Set(clients).size).toBe(3);
  });

  test('lends a client again, so that its next call frees what the store keeps of the last', () => {
    const pool = setUp();
    const client = pool.take(SHARD);
    const first = client.next(START_MS);
    pool.give(SHARD, client);
    expect(pool.take(SHARD)).toBe(client);
    expect(client.next(START_MS)).toEqual({ client: first.client, sequence: 2 });
    expect(pool.take(SHARD)).not.toBe(client);
  });

  test('lends a client to calls of one shard, so that no shard keeps a session for each client of the router', () => {
    const pool = setUp();
    const client = pool.take(SHARD);
    pool.give(SHARD, client);
    expect(pool.take(asShardId(8))).not.toBe(client);
    expect(pool.take(SHARD)).toBe(client);
  });

  test('keeps a limited number of idle clients of all shards', () => {
    const pool = setUp();
    const shards = Array.from({ length: 64 }, (_, shard) => asShardId(shard));
    const lend = () =>
      shards.flatMap((shard) => Array.from({ length: 100 }, () => [shard, pool.take(shard)] as const));
    const many = lend();
    for (const [shard, client] of many) pool.give(shard, client);
    const lent = new Set(many.map(([, client]) => client));
    expect(lend().filter(([, client]) => lent.has(client))).toHaveLength(4096);
  });

  test('keeps a limited number of idle clients of a shard', () => {
    const pool = setUp();
    const many = Array.from({ length: 300 }, () => pool.take(SHARD));
    for (const client of many) pool.give(SHARD, client);
    const again = Array.from({ length: 300 }, () => pool.take(SHARD));
    expect(again.filter((client) => many.includes(client))).toHaveLength(256);
  });
});

describe('a client', () => {
  test('is named as of now, and numbers its writes from 1 (client.N1)', () => {
    const client = setUp().take(SHARD);
    const sessions = [client.next(START_MS), client.next(START_MS), client.next(START_MS)];
    expect(issuedAtMs(sessions[0]?.client ?? '', DEFAULT_KV_SETTINGS)).toBe(START_MS);
    expect(new Set(sessions.map((session) => session.client)).size).toBe(1);
    expect(sessions.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  test('is renewed between two writes when its id is old, and no sooner (client.N2)', () => {
    const client = setUp().take(SHARD);
    const first = client.next(START_MS);
    expect(client.next(START_MS + RENEW_MS - 1)).toEqual({ client: first.client, sequence: 2 });
    const renewed = client.next(START_MS + RENEW_MS);
    expect(renewed.client).not.toBe(first.client);
    expect(renewed.sequence).toBe(1);
    expect(issuedAtMs(renewed.client, DEFAULT_KV_SETTINGS)).toBe(START_MS + RENEW_MS);
  });

  test('that waited in the pool for long is renewed before its next write (client.N2)', () => {
    const pool = setUp();
    const client = pool.take(SHARD);
    const first = client.next(START_MS);
    pool.give(SHARD, client);
    expect(pool.take(SHARD).next(START_MS + 10 * RENEW_MS)).not.toMatchObject({ client: first.client });
  });

  test('that was issued by the clock of a shard is renewed by its own', () => {
    const client = setUp().take(SHARD);
    const shardMs = START_MS + 100 * RENEW_MS;
    const issued = client.renew(shardMs, START_MS);
    expect(issuedAtMs(issued.client, DEFAULT_KV_SETTINGS)).toBe(shardMs);
    expect(issued.sequence).toBe(1);
    expect(client.next(START_MS + RENEW_MS - 1)).toEqual({ client: issued.client, sequence: 2 });
    expect(client.next(START_MS + RENEW_MS).client).not.toBe(issued.client);
  });
});
