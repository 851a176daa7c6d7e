import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyValueOperation, readHistory, writeHistory } from '../../../tools/checker/index.ts';
import { correctHistory } from './support/random-history.ts';

const read = (...lines: readonly string[]): readonly KeyValueOperation[] =>
  readHistory('h', lines.join('\n')).operations;

const line = (fields: object): string =>
  JSON.stringify({ client: 1, operation: 'get', key: 'k', output: 'v', call: 10, return: 20, ...fields });

describe('JSON Lines', () => {
  test('each operation is read as it was written', () => {
    const operations = read(
      line({}),
      line({ output: null }),
      line({ operation: 'put', input: 'v', output: null }),
      line({ operation: 'append', input: 'v', output: undefined }),
      line({ operation: 'append-old', input: 'v', output: 'old' }),
      line({ operation: 'compare-and-set', input: { expected: null, value: 'v' }, output: false }),
      line({ operation: 'delete', input: null, output: null }),
    );
    expect(operations.map(({ input, output }) => ({ input, output }))).toEqual([
      { input: { type: 'get', key: 'k' }, output: 'v' },
      { input: { type: 'get', key: 'k' }, output: null },
      { input: { type: 'put', key: 'k', value: 'v' }, output: null },
      { input: { type: 'append', key: 'k', value: 'v' }, output: null },
      { input: { type: 'append-old', key: 'k', value: 'v' }, output: 'old' },
      { input: { type: 'compare-and-set', key: 'k', expected: null, value: 'v' }, output: false },
      { input: { type: 'delete', key: 'k' }, output: null },
    ]);
  });

  test('an operation without an answer is pending', () => {
    const [pending] = read(line({ operation: 'put', input: 'v', output: null, return: null }));
    expect(pending).toMatchObject({ return: undefined, output: undefined });
  });

  test('times beyond 2^53 are exact, and count from the first call', () => {
    const operations = read(
      line({ call: '1732300000000000002', return: '1732300000000000003' }),
      line({ call: '1732300000000000001', return: '1732300000000000004' }),
    );
    expect(operations).toMatchObject([
      { call: 1, return: 2 },
      { call: 0, return: 3 },
    ]);
  });

  test('blank lines and carriage returns do not matter', () => {
    expect(read('', `${line({})}\r`, '', line({}), '')).toHaveLength(2);
  });

  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(correctHistory(50), (operations) => {
        const first = Math.min(...operations.map(({ call }) => call));
        const shifted = operations.map((operation) => ({
          ...operation,
          call: operation.call - first,
          return: operation.return === undefined ? undefined : operation.return - first,
        }));
        expect(readHistory('h', writeHistory(operations)).operations).toEqual(shifted);
      }),
    );
  });

  test('the examples of the documentation are what they say', () => {
    const document = readFileSync(resolve(import.meta.dirname, '../../../docs/history-format.md'), 'utf8');
    const [, examples = ''] = /```json\n([^`]+)```/.exec(document) ?? [];
    expect(read(examples).map(({ input }) => input.type)).toEqual(['put', 'get', 'append']);
  });

  const refusals: readonly (readonly [name: string, line: string, problem: string])[] = [
    ['is not JSON', '{"client":1', 'h:2: '],
    ['is no object', '[]', 'h:2: a line must be an object'],
    ['has a field nobody knows', line({ ok: true }), 'h:2: there is no field "ok"'],
    ['has an operation nobody knows', line({ operation: 'cas' }), 'h:2: there is no operation "cas"'],
    ['has no key', line({ key: undefined }), 'h:2: "key" must be a string'],
    ['has no client', line({ client: undefined }), 'h:2: "client" must be an integer'],
    ['puts a number', line({ operation: 'put', input: 1, output: null }), 'h:2: "input" must be a string'],
    ['gets a number', line({ output: 1 }), 'h:2: "output" must be a string, or null'],
    ['has an answer missing', line({ output: undefined }), 'h:2: "output" must be a string, or null'],
    ['gives an input to a get', line({ input: 'v' }), 'h:2: "input" of get must be null'],
    ['gives an output to a put', line({ operation: 'put', input: 'v' }), 'h:2: "output" of put must be null'],
    [
      'compares with nothing',
      line({ operation: 'compare-and-set' }),
      'h:2: "input" of compare-and-set must be',
    ],
    [
      'does not say what it expects',
      line({ operation: 'compare-and-set', input: { value: 'v' }, output: true }),
      'h:2: "expected" must be a string, or null',
    ],
    [
      'does not say whether it was set',
      line({ operation: 'compare-and-set', input: { expected: 'a', value: 'v' }, output: 'yes' }),
      'h:2: "output" of compare-and-set must be true or false',
    ],
    ['returns before its call', line({ call: 21 }), 'h:2: "return" is before "call"'],
    ['never says whether it returned', line({ return: undefined }), 'h:2: "return" is missing'],
    ['has an answer that never came', line({ return: null }), 'h:2: "output" is given'],
    ['has a time that is no integer', line({ call: 1.5 }), 'h:2: "call" must be an integer'],
    ['has a time below zero', line({ call: -1 }), 'h:2: "call" must be an integer'],
    ['has a time that lost digits', line({ call: 2 ** 60, return: 2 ** 60 }), 'h:2: "call" is 2^53 or more'],
  ];

  test.each(refusals)('a line that %s is refused by file and number', (_, bad, problem) => {
    expect(() => read(line({}), bad)).toThrow(problem);
  });
});

describe('porcupine kv', () => {
  const call = '{:process 3, :type :invoke, :f :append, :key "0", :value "x 3 0 y"}';
  const reply = '{:process 3, :type :ok, :f :append, :key "0", :value "x 3 0 y"}';

  test('calls and replies are paired by process, and a key never written reads as empty', () => {
    const history = readHistory(
      'h',
      [
        call,
        '{:process 4, :type :invoke, :f :get, :key "0", :value nil}',
        '{:process 4, :type :ok, :f :get, :key "0", :value ""}',
        reply,
      ].join('\n'),
    );
    expect(history.operations).toEqual([
      { client: 4, call: 2, return: 3, input: { type: 'get', key: '0' }, output: '' },
      { client: 3, call: 1, return: 4, input: { type: 'append', key: '0', value: 'x 3 0 y' }, output: null },
    ]);
    expect(history.model.initial).toBe('');
  });

  test('a call without a reply is pending', () => {
    expect(read(call)).toMatchObject([{ client: 3, call: 1, return: undefined, output: undefined }]);
  });

  test('a line out of place is refused by file and number', () => {
    expect(() => read(call, 'nonsense')).toThrow('h:2: cannot read "nonsense"');
    expect(() => read(call, call)).toThrow(
      'h:2: process 3 calls again before the reply to its call of line 1',
    );
    expect(() => read(call, reply, reply)).toThrow('h:3: process 3 has no open call of append');
    expect(() => read(call, reply.replace('append', 'put'))).toThrow(
      'h:2: process 3 has no open call of put',
    );
  });
});

describe('jepsen logs', () => {
  test('each kind of line is understood, with tabs or with spaces', () => {
    const operations = read(
      'INFO  jepsen.util - 0\t:invoke\t:read\tnil',
      'INFO  jepsen.util - 0\t:ok\t:read\tnil',
      'INFO  jepsen.util - 1 :invoke :cas [4 1]',
      'INFO  jepsen.util - 1 :fail   :cas [4 1]',
      'INFO  jepsen.util - 1 :invoke :cas [1 2]',
      'INFO  jepsen.util - 1 :ok     :cas [1 2]',
      'INFO  jepsen.util - 2 :invoke :write 3',
      'INFO  jepsen.util - 2 :info :write :timed-out',
      'INFO  jepsen.util - 0 :invoke :read nil',
      'INFO  jepsen.util - 0 :fail :read :timed-out',
      'INFO  jepsen.util - 3 :invoke :write 0',
    );
    const key = 'register';
    expect(operations).toEqual([
      { client: 0, call: 1, return: 2, input: { type: 'get', key }, output: null },
      {
        client: 1,
        call: 3,
        return: 4,
        input: { type: 'compare-and-set', key, expected: '4', value: '1' },
        output: false,
      },
      {
        client: 1,
        call: 5,
        return: 6,
        input: { type: 'compare-and-set', key, expected: '1', value: '2' },
        output: true,
      },
      { client: 2, call: 7, return: undefined, input: { type: 'put', key, value: '3' }, output: undefined },
      { client: 0, call: 9, return: 10, input: { type: 'get', key }, output: undefined },
      { client: 3, call: 11, return: undefined, input: { type: 'put', key, value: '0' }, output: undefined },
    ]);
  });

  test('a line that means nothing is refused by file and number', () => {
    const invoke = 'INFO  jepsen.util - 0 :invoke :read nil';
    for (const bad of [
      ':ok :read :timed-out',
      ':invoke :write nil',
      ':fail :write 3',
      ':invoke :cas 3',
      ':ok :lock 1',
    ]) {
      expect(() => read(invoke, `INFO  jepsen.util - 0 ${bad}`)).toThrow('h:2: cannot read');
    }
  });
});

describe('the format of a file', () => {
  test('a text that is no history is refused', () => {
    expect(() => read('hello')).toThrow('h:1: this is none of');
    expect(() => read('')).toThrow('h:1: there are no operations');
    expect(() => read(' ', '')).toThrow('h:1: there are no operations');
  });
});
