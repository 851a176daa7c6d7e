/**
 * The verdicts that porcupine's own tests assert on its recorded histories (github.com/anishathalye/porcupine,
 * porcupine_test.go; the jepsen logs came to it from github.com/ahorn/linearizability-checker).
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkHistory, type KeyValueOperation, readHistory } from '../../../tools/checker/index.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const { PORCUPINE_DIR = '../shared/porcupine' } = process.env;
const FOLDER = resolve(ROOT, PORCUPINE_DIR);

const KEY_VALUE_FILES = ['c01-bad', 'c01-ok', 'c10-bad', 'c10-ok', 'c50-bad', 'c50-ok'];
const LINEARIZABLE_LOGS = new Set([
  2, 5, 7, 18, 25, 31, 38, 45, 48, 49, 51, 53, 56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102,
]);
/** The log that is empty has no verdict. */
const EMPTY_LOG = 95;
const LOGS = [...Array(103).keys()].filter((log) => log !== EMPTY_LOG);

const limits = { timeLimitMs: 60_000, nowMs: () => performance.now() };

function load(...path: readonly string[]): ReturnType<typeof readHistory> {
  const file = resolve(FOLDER, ...path);
  return readHistory(file, readFileSync(file, 'utf8'));
}

const logFile = (log: number): string => `etcd_${String(log).padStart(3, '0')}.log`;

function count(operations: readonly KeyValueOperation[], type: string): number {
  return operations.filter(({ input }) => input.type === type).length;
}

if (existsSync(FOLDER)) {
  describe('agreement with porcupine', () => {
    test('there are 108 verdicts', () => {
      expect(KEY_VALUE_FILES.length + LOGS.length).toBe(108);
      expect(readdirSync(resolve(FOLDER, 'kv')).filter((name) => name.endsWith('.txt'))).toHaveLength(6);
      expect(readdirSync(resolve(FOLDER, 'jepsen')).filter((name) => name.endsWith('.log'))).toHaveLength(
        103,
      );
    });

    test.each(KEY_VALUE_FILES)('kv/%s', (name) => {
      const { operations, model } = load('kv', `${name}.txt`);
      const expected = name.endsWith('-ok') ? 'linearizable' : 'not linearizable';
      expect(checkHistory(operations, model, limits).verdict).toBe(expected);
    });

    test.each(LOGS)('jepsen/etcd_%i', (log) => {
      const { operations, model } = load('jepsen', logFile(log));
      const expected = LINEARIZABLE_LOGS.has(log) ? 'linearizable' : 'not linearizable';
      expect(checkHistory(operations, model, limits).verdict).toBe(expected);
    });

    test('every line of the jepsen logs is accounted for', () => {
      const operations = LOGS.flatMap((log) => load('jepsen', logFile(log)).operations);
      const pending = operations.filter((operation) => operation.return === undefined);
      const completed = operations.filter((operation) => operation.return !== undefined);
      const reads = completed.filter(({ input }) => input.type === 'get');
      const sets = completed.filter(({ input }) => input.type === 'compare-and-set');
      expect({
        reads: count(operations, 'get'),
        compareAndSets: count(operations, 'compare-and-set'),
        writes: count(operations, 'put'),
        readsAnswered: reads.filter(({ output }) => output !== undefined).length,
        readsOfNil: reads.filter(({ output }) => output === null).length,
        readsTimedOut: reads.filter(({ output }) => output === undefined).length,
        writesAnswered: count(completed, 'put'),
        setsDone: sets.filter(({ output }) => output === true).length,
        setsRefused: sets.filter(({ output }) => output === false).length,
        setsPending: count(pending, 'compare-and-set'),
        writesPending: count(pending, 'put'),
        readsPending: count(pending, 'get'),
        // Each operation has a line for its call and, in these logs, one for its reply or its time-out.
        lines: 2 * operations.length,
      }).toEqual({
        reads: 2939,
        compareAndSets: 2836,
        writes: 2748,
        readsAnswered: 2922,
        readsOfNil: 203,
        readsTimedOut: 17,
        writesAnswered: 2122,
        setsDone: 431,
        setsRefused: 1748,
        setsPending: 657,
        writesPending: 626,
        readsPending: 0,
        lines: 17_046,
      });
    });

    test('every line of the kv histories is accounted for', () => {
      const operations = KEY_VALUE_FILES.flatMap((name) => load('kv', `${name}.txt`).operations);
      expect(2 * operations.length).toBe(116 + 76 + 674 + 810 + 3424 + 4048);
      expect(operations.every((operation) => operation.return !== undefined)).toBe(true);
    });

    test('the log that is empty is refused', () => {
      expect(() => load('jepsen', logFile(EMPTY_LOG))).toThrow('etcd_095.log:1: there are no operations');
    });
  });
} else {
  const notice = `porcupine's 108 histories are absent: NOT checked (set PORCUPINE_DIR, now ${FOLDER})`;
  console.warn(notice);
  test(notice, () => {
    expect(existsSync(FOLDER)).toBe(false);
  });
}
