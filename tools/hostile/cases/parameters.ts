import { ask, once, type Section } from '../hostile-case.ts';

const MALFORMED = '400 parameter-malformed';
const POSITION = '400 position-malformed';
const ABSENT = '404 key-not-found';
const NUMBERS = [
  '',
  '%20',
  '-1',
  '+1',
  '01',
  '1e0',
  '1.0',
  '0x1',
  'NaN',
  'Infinity',
  '1,2',
  '9007199254740992',
  '9'.repeat(1000),
  '%00',
  '__proto__',
];

const read = (query: string, ...right: readonly string[]) =>
  once(`a read with ${shown(query)}`, ask(`GET /v1/kv/hostile-absent?${query}`), ...right);

function shown(query: string): string {
  return query.length > 60 ? `${query.slice(0, 60)}...` : query;
}

/** Parameters of every kind. Those that are not ours mean nothing. */
export const PARAMETERS_OF_ALL_KINDS: Section = {
  name: 'parameters',
  cases: [
    ...NUMBERS.map((value) =>
      once(
        `configuration ${shown(value)}`,
        ask(`GET /v1/cluster/configs/${value}`),
        MALFORMED,
        '404 route-not-found',
      ),
    ),
    once(
      'a configuration that is not there',
      ask('GET /v1/cluster/configs/9007199254740991'),
      '404 configuration-unknown',
    ),
    ...['', 'Stale', 'stale%20', 'eventual', '%00', 'x'.repeat(5000)].map((value) =>
      read(`consistency=${value}`, MALFORMED),
    ),
    read('consistency=stale', ABSENT),
    read('consistency=stale&consistency=nonsense', ABSENT, MALFORMED),
    read('%63onsistency=stale', ABSENT),
    ...NUMBERS.map((value) => read(`min_index=${value}`, MALFORMED)),
    ...['%00', '1', '-', 'a,b', '%2e%2e', '%ff', '__proto__', 'x'.repeat(20_000)].map((value) =>
      read(`position=${value}`, POSITION),
    ),
    once(
      'a position of nonsense in its header',
      ask('GET /v1/kv/hostile-absent', ['flotilla-position: {}']),
      POSITION,
    ),
    read('unknown=1', ABSENT),
    read('__proto__=1&constructor=2', ABSENT),
    read('&&&==&=', ABSENT),
    read('%', ABSENT),
    read('a[]=1&a[b]=2', ABSENT),
    read(Array.from({ length: 2000 }, (_, at) => `a${at}=${at}`).join('&'), ABSENT),
    ...[
      '',
      '?group=',
      '?group=0',
      '?group=-1',
      '?group=1e0',
      '?group=9007199254740991',
      '?group=controller%00',
      '?group=../1',
    ].map((query) => once(`a trace of ${query}`, ask(`GET /v1/trace${query}`), '404 trace-off', MALFORMED)),
    once('a status with parameters', ask('GET /v1/status?group=1&x=%00'), '200'),
  ],
};
