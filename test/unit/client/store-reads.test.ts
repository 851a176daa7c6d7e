import { describe, expect, test } from 'vitest';
import { QUERY } from '../../../src/kv/index.ts';
import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, LOCAL_QUERY } from '../../../src/shard/index.ts';
import {
  BROKEN,
  done,
  GIBBERISH,
  NO_LEADER,
  OVERLOADED,
  reply,
  type Said,
  SILENT,
  UNKNOWN,
} from './support/scripted-port.ts';
import {
  ABSENT,
  answered,
  clientHearing,
  failed,
  LOCAL_ANSWER_MS,
  value,
  WRITTEN,
} from './support/store-client.ts';

describe('a read', () => {
  test.each([
    ['absent', ABSENT],
    ['found', { type: 'found', value, version: 4, revision: 9 }],
  ] as const)('hands on what it found: %s', (_, result) => {
    const { port, client } = clientHearing(reply(result));
    expect(port.run(client.read('key'))).toEqual(answered(result));
    expect(port.asked).toMatchObject([
      { path: REPLICA_PATHS.query, body: QUERY.encode({ type: 'get', key: 'key' }) },
    ]);
  });

  test('never says that it may be executed', () => {
    const late = clientHearing(BROKEN, UNKNOWN, reply(ABSENT));
    expect(late.port.run(late.client.read('key'))).toEqual(answered(ABSENT));
    const never = clientHearing(SILENT);
    expect(never.port.run(never.client.read('key'))).toMatchObject(failed('no-answer', false));
    const strange = clientHearing(done(GIBBERISH));
    expect(strange.port.run(strange.client.read('key'))).toMatchObject(failed('no-answer', false));
    const page = clientHearing(SILENT);
    const scan = page.client.scan({ type: 'scan', shard: 0, prefix: '', after: '', rowsMax: 1 });
    expect(page.port.run(scan)).toMatchObject(failed('no-answer', false));
  });

  test('of a full group says so', () => {
    const { port, client } = clientHearing(OVERLOADED);
    expect(port.run(client.read('key'))).toMatchObject(failed('overloaded', false));
  });

  test('takes nothing but a value for one', () => {
    const { port, client } = clientHearing(reply(WRITTEN));
    expect(port.run(client.read('key'))).toMatchObject(failed('no-answer', false));
  });

  test('of a page asks the shard for it', () => {
    const query = { type: 'scan', shard: 3, prefix: 'a/', after: 'a/b', rowsMax: 9 } as const;
    const page = { type: 'scanned', rows: [{ key: 'a/c', value }], done: true, revision: 9 } as const;
    const { port, client } = clientHearing(reply(page), reply(ABSENT));
    expect(port.run(client.scan(query))).toEqual(answered(page));
    expect(port.asked).toMatchObject([{ path: REPLICA_PATHS.query, body: QUERY.encode(query) }]);
    expect(port.run(client.scan(query))).toMatchObject(failed('no-answer', false));
  });
});

describe('a stale read', () => {
  test('asks any one replica for its own state, and says how old that may be', () => {
    const { port, client } = clientHearing(reply(ABSENT, 80));
    expect(port.run(client.readStale('key', 12))).toEqual(answered(ABSENT, { ageMsMax: 80 }));
    expect(port.asked).toMatchObject([
      {
        path: REPLICA_PATHS.localQuery,
        body: LOCAL_QUERY.encode({ key: 'key', minRevision: 12 }),
        timeoutMs: LOCAL_ANSWER_MS,
      },
    ]);
  });

  test.each<[string, Said]>([
    ['is gone', BROKEN],
    ['is silent', SILENT],
    ['is behind', NO_LEADER],
    ['is full', OVERLOADED],
    ['has not the shard', reply({ type: 'wrong-group', configuration: 1, owner: asGroupId(2) })],
    ['is of another version', done(GIBBERISH)],
  ])('is linearizable where the replica %s', (_, said) => {
    const { port, client } = clientHearing(said, reply(ABSENT));
    expect(port.run(client.readStale('key', 0))).toEqual(answered(ABSENT));
    expect(port.asked.map(({ path }) => path)).toEqual([REPLICA_PATHS.localQuery, REPLICA_PATHS.query]);
  });
});
