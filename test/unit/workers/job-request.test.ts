import { expect, test } from 'vitest';
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
  expect(readJobRequest({ ...JOB, input: { objects: ['a', 'b'] } }).input).toEqual({
    type: 'objects',
    names: ['a', 'b'],
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
  ['what the application objects to', { ...JOB, application: 'grep' }, 'the argument "pattern" is missing'],
  ['an unknown field', { ...JOB, reducers: 3 }, 'the job has no field "reducers"'],
  ['an option out of range', { ...JOB, options: { taskTimeoutMs: 1 } }, '"taskTimeoutMs" is an integer from'],
])('%s is refused, and the reason is given', (_, body, reason) => {
  expect(() => readJobRequest(body)).toThrow(JobRequestError);
  expect(() => readJobRequest(body)).toThrow(reason);
});
