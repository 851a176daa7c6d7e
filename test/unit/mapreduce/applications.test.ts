import { expect, test } from 'vitest';
import { APPLICATIONS, type Arguments } from '../../../src/mapreduce/index.ts';
import { runSequential, type SequentialInput } from '../../../tools/harness/sequential.ts';
import { labApplications, quietHost } from '../../labs/lab1/applications.ts';

const INPUTS: readonly SequentialInput[] = [
  { name: 'one.txt', contents: 'The fish, the Fish:\nélan vital. don’t\n' },
  { name: 'two.txt', contents: 'fish 42 fish\n\nthe end' },
];

function run(
  name: string,
  given: Arguments = {},
  inputs: readonly SequentialInput[] = INPUTS,
): Promise<string> {
  const application = labApplications(quietHost()).get(name);
  if (application === undefined) throw new Error(`no application ${name}`);
  return runSequential(application, inputs, given);
}

test('a deployment has the applications that are of use, and none of the tests', () => {
  expect([...APPLICATIONS.keys()]).toEqual(['wc', 'indexer', 'grep', 'urls', 'top']);
});

test('wc counts sequences of letters', async () => {
  expect(await run('wc')).toBe('Fish 1\nThe 1\ndon 1\nend 1\nfish 3\nt 1\nthe 2\nvital 1\nélan 1\n');
});

test('indexer lists documents once each, sorted, after their number', async () => {
  const lines = (await run('indexer', {}, [...INPUTS, ...INPUTS].reverse())).split('\n');
  expect(lines).toContain('fish 2 one.txt,two.txt');
  expect(lines).toContain('end 1 two.txt');
});

test('grep prints matching lines with object and byte offset', async () => {
  expect(await run('grep', { pattern: '^.lan|end$' })).toBe(
    'one.txt:000000000020 élan vital. don’t\ntwo.txt:000000000014 the end\n',
  );
});

test('grep says what is wrong with its argument before the job begins', () => {
  const grep = APPLICATIONS.get('grep');
  expect(grep?.checkArguments?.({})).toMatch(/missing/);
  expect(grep?.checkArguments?.({ pattern: '(' })).toMatch(/SyntaxError/);
  expect(grep?.checkArguments?.({ pattern: 'a+' })).toBeUndefined();
});

test('urls counts addresses, and top takes the largest counts of such an output', async () => {
  const log = 'GET http://a/x 200\nGET http://b/y 200\nGET http://a/x 404\nsee "https://c/?q=1".\n';
  const counts = await run('urls', {}, [{ name: 'log', contents: log }]);
  expect(counts).toBe('http://a/x 2\nhttp://b/y 1\nhttps://c/?q=1 1\n');
  const outputs = counts.split('\n').map((line, part) => ({ name: `mr-out-${part}`, contents: `${line}\n` }));
  expect(await run('top', { n: '2' }, outputs)).toBe('top http://a/x 2, http://b/y 1\n');
});

test('top refuses a number out of range', () => {
  const top = APPLICATIONS.get('top');
  for (const n of ['0', '1001', 'x', '1.5']) expect(top?.checkArguments?.({ n })).toMatch(/"n"/);
  expect(top?.checkArguments?.({})).toBeUndefined();
});

test('the course’s own test applications give what the course expects of one worker', async () => {
  expect(await run('mtiming')).toBe('parallel-sequential 1 1\ntimes-sequential 0.0 0.0\n');
  expect(await run('rtiming')).toBe([...'abcdefghij'].map((key) => `${key} 1\n`).join(''));
  expect(await run('jobcount')).toBe('a 2\n');
  expect(await run('early_exit')).toBe('one.txt 1\ntwo.txt 1\n');
  expect(await run('nocrash')).toBe('a one.txt two.txt\nb 7 7\nc 21 41\nd xyzzy xyzzy\n');
  expect(await run('crash')).toBe(await run('nocrash'));
});
