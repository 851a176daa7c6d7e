import { LIMITS } from '../../../src/protocol/index.ts';
import { ask, CLOSED, leaving, once, type Section, withBody } from '../hostile-case.ts';

const POST = 'POST /v1/batch';
const JSON_TYPE = ['Content-Type: application/json'];
const LINES_TYPE = ['Content-Type: application/x-ndjson'];
const CHUNKED = 'Transfer-Encoding: chunked';
const MALFORMED = '400 body-malformed';
const TOO_LARGE = '413 body-too-large';
const MIB = 1 << 20;

const KEY = 'hostile-batch';
const PUT = `{"op":"put","key":"${KEY}","value":"x"}`;
const batch = (...operations: readonly string[]) => `{"operations":[${operations.join(',')}]}`;
const put = (field: string) => batch(`{"op":"put","key":"${KEY}",${field}}`);

/** Refused before anything is executed. */
const REFUSED: readonly (readonly [string, string | Buffer, string])[] = [
  ['nothing', '', MALFORMED],
  ['half of it', '{"operations":[', MALFORMED],
  ['two of it', `${batch()}${batch()}`, MALFORMED],
  ['null', 'null', MALFORMED],
  ['a list', `[${PUT}]`, MALFORMED],
  ['no operations', '{}', MALFORMED],
  ['operations in a prototype', `{"__proto__":${batch(PUT)}}`, MALFORMED],
  ['a field that is not ours', `{"operations":[${PUT}],"atomic":true}`, MALFORMED],
  ['lists in lists', '['.repeat(500_000), MALFORMED],
  ['lists in lists, closed', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, MALFORMED],
  ['objects in an operation', batch(`{"op":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`), MALFORMED],
  ['1,001 operations', batch(...Array(1001).fill(PUT)), MALFORMED],
  ['300,000 numbers', batch(Array(300_000).fill('0').join(',')), MALFORMED],
  ['an unknown operation', batch(PUT, `{"op":"increment","key":"${KEY}"}`), MALFORMED],
  ['an operation of another type', batch(`{"op":["put"],"key":"${KEY}","value":""}`), MALFORMED],
  ['a value of half of a surrogate pair', put('"value":"\\ud800"'), MALFORMED],
  ['a value of two halves in the wrong order', put('"value":"\\udc00\\ud800"'), MALFORMED],
  ['a value that is a number', put('"value":1'), MALFORMED],
  ['a value and base64', put('"value":"","base64":""'), MALFORMED],
  ['base64 of another alphabet', put('"base64":"-_-_"'), MALFORMED],
  ['base64 with loose bits', put('"base64":"AB=="'), MALFORMED],
  ['base64 with a line break', put('"base64":"AAAA\\n"'), MALFORMED],
  ['a prototype for a field', put('"value":"","__proto__":{}'), MALFORMED],
  ['an empty key', batch('{"op":"get","key":""}'), '400 key-empty'],
  ['a key of dots', batch('{"op":"get","key":".."}'), '400 key-malformed'],
  ['a key of half of a surrogate pair', batch('{"op":"get","key":"\\udfff"}'), '400 key-malformed'],
  ['a key of 513 bytes', batch(`{"op":"get","key":"${'k'.repeat(513)}"}`), '400 key-too-long'],
  ['a byte order mark before it', `\uFEFF${batch()}`, MALFORMED],
  ['bytes that are no UTF-8', Buffer.from(put('"value":"\xff"'), 'latin1'), MALFORMED],
  ['UTF-16', Buffer.from(batch(), 'utf16le'), MALFORMED],
  ['one byte too many', ' '.repeat(LIMITS.batchBodyBytesMax + 1), TOO_LARGE],
];

/** Each malformed line has a result of its own, so the answer is 200 whatever they say. */
const LINES: readonly (readonly [string, string | Buffer])[] = [
  ['no lines', ''],
  ['no end at the end', `${PUT}\n${PUT}`],
  ['ends alone', '\n'.repeat(20_000)],
  ['nonsense', 'nonsense\n{"op":\n[]\nnull\n'],
  ['bytes that are no UTF-8', Buffer.from(`"\xff"\n${PUT}\n`, 'latin1')],
  ['a line of JSON for a body of JSON', `${batch(PUT)}\n`],
  ['lists in lists', `${'['.repeat(500_000)}\n${PUT}\n`],
  ['a value of half of a surrogate pair', `{"op":"put","key":"${KEY}","value":"\\ud800"}\n`],
  ['a line that is too long', Buffer.alloc(LIMITS.batchLineBytesMax + 2, ' ')],
  ['200 puts of one key', `${PUT}\n`.repeat(200)],
];

const chunk = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`;

export const BATCHES: Section = {
  name: 'batches',
  cases: [
    ...REFUSED.map(([name, body, right]) => once(`JSON: ${name}`, withBody(POST, body, JSON_TYPE), right)),
    once('JSON: 8 MiB', withBody(POST, Buffer.alloc(8 * MIB, '['), JSON_TYPE), TOO_LARGE, CLOSED),
    once('JSON: nothing to do', withBody(POST, batch(), JSON_TYPE), '200'),
    once('JSON: a key twice', withBody(POST, batch(PUT, PUT), JSON_TYPE), '200'),
    ...LINES.map(([name, body]) => once(`lines: ${name}`, withBody(POST, body, LINES_TYPE), '200')),
    once(
      'lines: a line that never ends',
      withBody(POST, Buffer.alloc(8 * MIB, ' '), LINES_TYPE),
      '200',
      CLOSED,
    ),
    once('no type', withBody(POST, batch(PUT)), '415 content-type-unsupported'),
    once(
      'the type of a form',
      withBody(POST, batch(PUT), ['Content-Type: text/plain']),
      '415 content-type-unsupported',
    ),
    once(
      'a session',
      withBody(POST, batch(PUT), [...JSON_TYPE, 'Flotilla-Client: c', 'Flotilla-Sequence: 1']),
      '400 session-unsupported',
    ),
    once(
      'a condition',
      withBody(POST, batch(PUT), [...JSON_TYPE, 'If-None-Match: *']),
      '400 condition-unsupported',
    ),
    once('another method', ask('GET /v1/batch'), '405 method-not-allowed'),
    leaving(
      'half a body of JSON, and gone',
      ask(POST, [...JSON_TYPE, 'Content-Length: 1000'], '{"oper'),
      100,
    ),
    leaving('half a stream, and gone', ask(POST, [...LINES_TYPE, CHUNKED], chunk(`${PUT}\n{"op"`)), 100),
    leaving(
      'a stream whose results nobody reads, and gone',
      ask(POST, [...LINES_TYPE, CHUNKED], chunk(`${PUT}\n`.repeat(20_000))),
      300,
    ),
  ],
};
