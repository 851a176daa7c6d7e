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
  expect(grep?.checkArguments?.({ pattern: '(' })).toMatch(/missing closing \): `\(`/);
  expect(grep?.checkArguments?.({ pattern: '(?=a)' })).toMatch(/unsupported/);
  expect(grep?.checkArguments?.({ pattern: '(a)\\1' })).toMatch(/invalid escape/);
  expect(grep?.checkArguments?.({ pattern: 'a'.repeat(1_025) })).toMatch(/longer than 1024 bytes/);
  expect(grep?.checkArguments?.({ pattern: 'é'.repeat(513) })).toMatch(/longer than 1024 bytes/);
  expect(grep?.checkArguments?.({ pattern: '\\pL{999}'.repeat(40) })).toMatch(/repeats more than 1000/);
  expect(grep?.checkArguments?.({ pattern: '((a{100}){10}){10}' })).toMatch(/invalid repeat count/);
  expect(grep?.checkArguments?.({ pattern: '((a?|b?){300}){3}' })).toMatch(/too large/);
  expect(grep?.checkArguments?.({ pattern: 'a+' })).toBeUndefined();
});

test.each(['^(a+)+$', '(a|aa)+$', '(a*)*b', '^(a|a?)+$', '(.*a){12}[^a!]', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
  'the pattern %s takes no longer than others on a line that is made for it',
  async (pattern) => {
    const begunMs = performance.now();
    const contents = `${'a'.repeat(200_000)}!\n${'a'.repeat(40)}!\n`;
    await run('grep', { pattern }, [{ name: 'long', contents }]);
    // A backtracking engine takes years.
    expect(performance.now() - begunMs).toBeLessThan(5_000);
  },
);

test('grep gives others their turn, and names a line that is too long for its pattern', async () => {
  const grep = APPLICATIONS.get('grep');
  const line = (text: string) => ({ text, offset: 7, bytes: text.length });
  let turns = 0;
  const search = (pattern: string, texts: readonly string[]) =>
    grep?.map('name', '', () => {}, {
      arguments: { pattern },
      lines: () => texts.map(line),
      giveWay: async () => {
        turns += 1;
      },
    });
  await search(
    '[ab]{100}c',
    Array.from({ length: 1_000 }, () => 'ab'.repeat(1_000)),
  );
  expect(turns).toBeGreaterThan(50);
  await expect(search('[ab]{900}c', ['a'.repeat(100_000)])).rejects.toThrow(
    /^name, offset 7: the line is 100000 bytes long, and a pattern of 90\d instructions takes at most 37\d\d\d$/,
  );
});

test('the index names no more documents of a word than a line may hold', async () => {
  const inputs = Array.from({ length: 4_200 }, (_, at) => ({
    name: `${at}${'n'.repeat(1_020)}`,
    contents: 'w',
  }));
  await expect(run('indexer', {}, inputs)).rejects.toThrow(/documents with "w" take more than 4194304 bytes/);
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
