import { expect, test } from 'vitest';
import { Codec, dictionary } from '../../../src/codec/index.ts';
import { APPLICATIONS } from '../../../src/mapreduce/index.ts';
import { JobRequestError, readJobRequest as readRequest } from '../../../workers/mapreduce/job-request.ts';

const readJobRequest = (body: unknown) => readRequest(body, APPLICATIONS);

const JOB = { application: 'wc', input: { prefix: 'inputs/' } };

test('what a job leaves out has defaults', () => {
  expect(readJobRequest(JOB)).toEqual({
    application: 'wc',
    arguments: {},
    input: { type: 'prefix', prefix: 'inputs/' },
    output: { type: 'bucket' },
    reduceTasks: 10,
    workers: 4,
    options: { taskTimeoutMs: 10_000, backupAfterMs: 15_000, attemptsMax: 8, pollMs: 500 },
  });
});

test('a job may read named objects or the store, and write to the store', () => {
  expect(
    readJobRequest({
      ...JOB,
      input: { objects: ['a', 'inputs/a/b', { object: 'inputs/0001', name: '../c' }] },
    }).input,
  ).toEqual({
    type: 'objects',
    objects: [
      { object: 'a', name: 'a' },
      { object: 'inputs/a/b', name: 'a/b' },
      { object: 'inputs/0001', name: '../c' },
    ],
  });
  const { input, output } = readJobRequest({
    ...JOB,
    input: { store: 'texts/' },
    output: { store: 'counts/' },
  });
  expect(input).toEqual({ type: 'store', prefix: 'texts/' });
  expect(output).toEqual({ type: 'store', prefix: 'counts/' });
});

test.each([
  ['no object', [], 'the job is not an object'],
  ['an unknown application', { ...JOB, application: 'nosuch' }, '"application" is one of wc, '],
  ['an application of the tests', { ...JOB, application: 'crash' }, '"application" is one of wc, '],
  [
    'an application that is no name',
    { ...JOB, application: 1 },
    '"application" is the name of an application',
  ],
  ['no input', { application: 'wc' }, '"input" is not an object'],
  ['an input of an unknown kind', { ...JOB, input: { file: 'a' } }, '"input" has no field "file"'],
  ['no reduce task', { ...JOB, reduceTasks: 0 }, '"reduceTasks" is an integer from 1 to 256'],
  ['too many reduce tasks', { ...JOB, reduceTasks: 257 }, '"reduceTasks" is an integer'],
  ['half a reduce task', { ...JOB, reduceTasks: 1.5 }, '"reduceTasks" is an integer'],
  ['no worker', { ...JOB, workers: 0 }, '"workers" is an integer from 1 to 64'],
  ['an argument that is no string', { ...JOB, arguments: { n: 1 } }, 'the argument "n" is not a string'],
  ['half of a surrogate pair', { ...JOB, arguments: { n: '\ud800' } }, 'the argument "n" is not a string'],
  ['an input that is half a character', { ...JOB, input: { prefix: '\ud800' } }, '"input" has "objects"'],
  ['two inputs that are no names', { ...JOB, input: { objects: [1, 2] } }, '"input" has "objects"'],
  ['a prefix that no key has', { ...JOB, input: { store: '\ud800' } }, '"input" has'],
  ['two kinds of input', { ...JOB, input: { objects: ['a'], prefix: 'b' } }, 'one of them only'],
  ['three kinds of input', { ...JOB, input: { objects: ['a'], prefix: 'b', store: '' } }, 'one of them only'],
  ['too many objects', { ...JOB, input: { objects: Array(1_001).fill('a') } }, '"objects" has at most 1000'],
  [
    'two objects of one name',
    { ...JOB, input: { objects: ['inputs/a', 'a'] } },
    'two objects have the name "a"',
  ],
  ['an object without a name', { ...JOB, input: { objects: [''] } }, 'is named by 1 to 1024 bytes'],
  ['a line feed in a name', { ...JOB, input: { objects: ['a\nb'] } }, 'without control characters'],
  [
    'a line feed in a given name',
    { ...JOB, input: { objects: [{ object: 'a', name: 'a\u0085' }] } },
    'a "name" is named by 1 to 1024 bytes without control characters',
  ],
  ['a long name', { ...JOB, input: { objects: ['é'.repeat(513)] } }, 'is named by 1 to 1024 bytes'],
  [
    'an object of another form',
    { ...JOB, input: { objects: [{ object: 'a', as: 'b' }] } },
    'has no field "as"',
  ],
  [
    'a long prefix',
    { ...JOB, input: { prefix: 'p'.repeat(1_025) } },
    'the prefix of "input" is at most 1024',
  ],
  ['a line feed in a prefix', { ...JOB, input: { prefix: 'a\n' } }, 'without control characters'],
  ['a long prefix of keys', { ...JOB, input: { store: 'é'.repeat(257) } }, 'a text of at most 512 bytes'],
  ['no room for a key', { ...JOB, output: { store: 'k'.repeat(512) } }, '"output" has "store"'],
  [
    'too many arguments',
    { ...JOB, arguments: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`${at}`, ''])) },
    '"arguments" has at most 16 names',
  ],
  [
    'large arguments',
    { ...JOB, arguments: { n: 'é'.repeat(2_048) } },
    '"arguments" takes at most 4096 bytes',
  ],
  ['arguments in a list', { ...JOB, arguments: [] }, '"arguments" is not an object'],
  ['what the application objects to', { ...JOB, application: 'grep' }, 'the argument "pattern" is missing'],
  ['an unknown field', { ...JOB, reducers: 3 }, 'the job has no field "reducers"'],
  ['an option out of range', { ...JOB, options: { taskTimeoutMs: 1 } }, '"taskTimeoutMs" is an integer from'],
])('%s is refused, and the reason is given', (_, body, reason) => {
  expect(() => readJobRequest(body)).toThrow(JobRequestError);
  expect(() => readJobRequest(body)).toThrow(reason);
});

test('the names of arguments are kept whatever they are, and the last prefix that leaves room for a key', () => {
  const given = JSON.parse('{ "__proto__": "a", "constructor": "b", "\ufeffn": "c" }');
  const { arguments: kept } = readJobRequest({ ...JOB, arguments: given });
  expect(JSON.stringify(dictionaryThere(kept))).toBe('{"__proto__":"a","constructor":"b","\ufeffn":"c"}');
  expect(readJobRequest({ ...JOB, output: { store: 'k'.repeat(511) } }).output.type).toBe('store');
});

/** To a coordinator and back. */
function dictionaryThere(given: Readonly<Record<string, string>>) {
  const codec = new Codec('arguments', dictionary, 1);
  return codec.decode(codec.encode(given));
}
