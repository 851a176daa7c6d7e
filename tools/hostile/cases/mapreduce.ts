import { ask, leaving, once, type Section, withBody } from '../hostile-case.ts';

const JOBS = '/v1/mapreduce/jobs';
const INVALID = '400 job-invalid';
const UNKNOWN = '404 job-unknown';
const TYPE = ['Content-Type: application/json'];
const MALFORMED = '400 body-malformed';

/** A bare workerd has no bucket: what needs one is not asked for here. */
const job = (name: string, body: string | Buffer, ...right: readonly string[]) =>
  once(`a job: ${name}`, withBody(`POST ${JOBS}`, body, TYPE), ...right);

export const MAPREDUCE: Section = {
  name: 'MapReduce',
  cases: [
    job('nothing', '', INVALID, MALFORMED),
    job('no JSON', '{', INVALID, MALFORMED),
    job('null', 'null', INVALID, MALFORMED),
    job('a list', '[]', INVALID, MALFORMED),
    job('an empty one', '{}', INVALID),
    job(
      'of an application that is not there',
      '{"application":"nothing","input":{"objects":["a"]}}',
      INVALID,
    ),
    job('of a property of all objects', '{"application":"constructor","input":{"objects":["a"]}}', INVALID),
    job('with a prototype', '{"__proto__":{"application":"wc"}}', INVALID),
    job('of lists in lists', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, INVALID, MALFORMED),
    job('of bytes that are no UTF-8', Buffer.from('{"application":"\xff"}', 'latin1'), INVALID, MALFORMED),
    job('of 9 MiB', Buffer.alloc(9 << 20, ' '), INVALID, '413 body-too-large', 'closed'),
    job('with a wrong type', '{"application":1,"input":2,"output":3}', INVALID),
    ...['x', '..%2f..', '%00', 'a'.repeat(2000), '__proto__'].flatMap((name) => [
      once(`GET of job ${name.slice(0, 20)}`, ask(`GET ${JOBS}/${name}`), UNKNOWN, INVALID),
      once(`DELETE of job ${name.slice(0, 20)}`, ask(`DELETE ${JOBS}/${name}`), UNKNOWN, INVALID),
      once(`output of job ${name.slice(0, 20)}`, ask(`GET ${JOBS}/${name}/output/0`), UNKNOWN, INVALID),
    ]),
    once('an input without a name', withBody('PUT /v1/mapreduce/inputs/', 'x'), '400 key-empty'),
    once(
      'an input whose name is no UTF-8',
      withBody('PUT /v1/mapreduce/inputs/%ff', 'x'),
      '400 key-malformed',
    ),
    once(
      'an input that does not say how long it is',
      ask('PUT /v1/mapreduce/inputs/x', ['Transfer-Encoding: chunked'], '1\r\nx\r\n0\r\n\r\n'),
      '411 length-required',
    ),
    once('a job by another method', ask(`PATCH ${JOBS}`), '405 method-not-allowed'),
    leaving('a job that breaks off', ask(`POST ${JOBS}`, [...TYPE, 'Content-Length: 100'], '{'), 50),
  ],
};
