import { once, type Section, withBody } from '../hostile-case.ts';

const MALFORMED = '400 body-malformed';
const TYPE = ['Content-Type: application/json'];
const KIB = 1024;

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const keys = (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at}":${at}`).join(',')}}`;

/** Of each route whose body is JSON. What is JSON, and what is too long, is judged before what it says. */
const BOMBS: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['spaces', ' '.repeat(1000)],
  ['half of it', '{"groups":['],
  ['two of it', '{}{}'],
  ['null', 'null'],
  ['a number', '1'],
  ['a text', '"groups"'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['30,000 lists in lists', deep(30_000)],
  ['5,000 objects in objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ['a number beyond all numbers', `{"groups":[1e999],"shard":1e999,"group":1e999}`],
  ['a number of 60,000 digits', `{"groups":[${'9'.repeat(60_000)}],"shard":${1},"group":-1}`],
  ['a number that is no whole one', '{"groups":[1.5],"shard":1.5,"group":1.5}'],
  ['a negative number', '{"groups":[-1],"shard":-1,"group":-1}'],
  ['a number as text', '{"groups":["1"],"shard":"1","group":"1"}'],
  ['a wrong type', '{"groups":{"0":1},"shard":[1],"group":{}}'],
  ['a prototype', '{"__proto__":{"groups":[1],"shard":1,"group":1}}'],
  ['a constructor', '{"constructor":{"prototype":{"groups":[1]}}}'],
  ['an object of a text and a list', '{"groups":[[1]],"shard":null,"group":null}'],
  ['a list of 30,000', `{"groups":[${Array(30_000).fill(0).join(',')}]}`],
  ['a byte order mark before it', '\uFEFF{"groups":[]}'],
  ['bytes that are no UTF-8', Buffer.from('{"groups":["\xff"]}', 'latin1')],
  ['UTF-16', Buffer.from('{"groups":[1]}', 'utf16le')],
  ['a comment', '{/* */"groups":[1.5]}'],
];
const ROUTES = ['/v1/cluster/join', '/v1/cluster/leave', '/v1/cluster/move'];

export const JSON_BODIES: Section = {
  name: 'bodies of JSON',
  cases: [
    ...ROUTES.flatMap((route) => [
      ...BOMBS.map(([name, body]) =>
        once(`${route}: ${name}`, withBody(`POST ${route}`, body, TYPE), MALFORMED),
      ),
      once(`${route}: 100,000 keys`, withBody(`POST ${route}`, keys(100_000), TYPE), '413 body-too-large'),
      once(
        `${route}: 8 MiB`,
        withBody(`POST ${route}`, Buffer.alloc(8 * KIB * KIB, '['), TYPE),
        '413 body-too-large',
        'closed',
      ),
      once(
        `${route}: one byte too many`,
        withBody(`POST ${route}`, ' '.repeat(64 * KIB + 1), TYPE),
        '413 body-too-large',
      ),
    ]),
    once(
      'a key twice',
      withBody('POST /v1/cluster/leave', '{"groups":[1],"groups":[998]}', TYPE),
      '409 group-unknown',
    ),
    once(
      'a key that is not ours',
      withBody('POST /v1/cluster/leave', '{"groups":[998],"force":true}', TYPE),
      '409 group-unknown',
      MALFORMED,
    ),
    once(
      'a group that is not there',
      withBody('POST /v1/cluster/leave', '{"groups":[9007199254740991]}', TYPE),
      '409 group-unknown',
    ),
    once('group 0', withBody('POST /v1/cluster/join', '{"groups":[0]}', TYPE), '400 group-invalid'),
    once(
      'a shard that is not there',
      withBody('POST /v1/cluster/move', '{"shard":4095,"group":1}', TYPE),
      '409 shard-unknown',
      MALFORMED,
    ),
    once(
      'a move to nobody',
      withBody('POST /v1/cluster/move', '{"shard":0,"group":998}', TYPE),
      '409 group-unknown',
    ),
  ],
};
