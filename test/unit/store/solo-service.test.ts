import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS, formatClientId, QUERY, SESSION_COMMAND } from '../../../src/kv/index.ts';
import { ByteBudget, REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { STORE_REPLY } from '../../../src/shard/index.ts';
import { SoloService } from '../../../src/store/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { almost } from './support/served-group.ts';

const NOW_MS = 1_700_000_000_000;
const value = new Uint8Array([1, 2, 3]);
const APPEND = SESSION_COMMAND.encode({
  session: { client: formatClientId(NOW_MS, 'me'), sequence: 1 },
  command: { type: 'append', key: 'key', value },
});
const PUT = SESSION_COMMAND.encode({
  session: { client: formatClientId(NOW_MS, 'you'), sequence: 1 },
  command: { type: 'put', key: 'key', value },
});
const GET = QUERY.encode({ type: 'get', key: 'key' });

function setUp(answers?: ByteBudget) {
  let transactions = 0;
  const service = new SoloService({
    settings: DEFAULT_KV_SETTINGS,
    table: new MemoryTable(),
    transaction: (run) => {
      transactions += 1;
      return run();
    },
    wallClockMs: () => NOW_MS,
    answers,
  });
  const ask = (path: string, body: Uint8Array): Uint8Array | undefined => {
    const heard: (Uint8Array | undefined)[] = [];
    service.handle(path, body, (answer) => heard.push(answer));
    expect(heard).toHaveLength(1);
    return heard[0];
  };
  const replyTo = (path: string, body: Uint8Array) => {
    const bytes = ask(path, body);
    const answer = bytes && REPLICA_ANSWER.decode(bytes);
    return answer?.type === 'done' ? STORE_REPLY.decode(answer.result) : answer?.type;
  };
  return { ask, replyTo, transactions: () => transactions };
}

describe('the unreplicated store', () => {
  test('executes a command once, whole, however often it is sent', () => {
    const { replyTo, transactions } = setUp();
    const appended = { type: 'appended', version: 1, length: 3, previous: { type: 'absent' } };
    expect(replyTo(REPLICA_PATHS.command, APPEND)).toEqual(appended);
    expect(replyTo(REPLICA_PATHS.command, APPEND)).toEqual(appended);
    expect(replyTo(REPLICA_PATHS.query, GET)).toEqual({ type: 'found', version: 1, value, revision: 1 });
    expect(transactions()).toBe(2);
  });

  test('refuses who asks for a value while too many bytes of answers are under way, and writes what else is sent', () => {
    const answers = new ByteBudget({ bytesMax: 1, leaseMsMax: 1, nowMs: () => 0 });
    const { replyTo, transactions } = setUp(answers);
    const lease = answers.hold(1);
    expect(replyTo(REPLICA_PATHS.query, GET)).toBe('overloaded');
    expect(replyTo(REPLICA_PATHS.command, APPEND)).toBe('overloaded');
    expect(transactions()).toBe(0);
    expect(replyTo(REPLICA_PATHS.command, PUT)).toMatchObject({ type: 'written' });
    answers.give(lease);
    expect(replyTo(REPLICA_PATHS.query, GET)).toMatchObject({ type: 'found', value });
  });

  test.each([
    [REPLICA_PATHS.command, APPEND],
    [REPLICA_PATHS.query, GET],
  ])('answers bytes by %s that it cannot read with nothing, and does nothing', (path, body) => {
    const { ask, transactions } = setUp();
    for (const bytes of almost(body)) expect(ask(path, bytes)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(ask(path, bytes)).toBeUndefined();
      }),
    );
    expect(transactions()).toBe(0);
  });

  test.each(Object.values(REPLICA_PATHS).filter((path) => path !== '/command' && path !== '/query'))(
    'has nothing to say to %s',
    (path) => {
      expect(setUp().ask(path, APPEND)).toBeUndefined();
    },
  );
});
