import { ask, type HostileCase, NOT_HTTP, once, type Section, withBody } from '../hostile-case.ts';

const MALFORMED = '400 session-malformed';
/** No client id that nobody here has signed is any good, whatever it says. */
const NOT_ISSUED = '400 client-not-issued';
const PATH = '/v1/kv/hostile-session';
const FAR_AHEAD = `zzzzzzzz-${'a'.repeat(20)}`;

function write(name: string, headers: readonly string[], ...right: readonly string[]): HostileCase {
  return once(name, withBody(`PUT ${PATH}`, 'x', headers), ...right);
}

const sequence = (value: string, ...right: readonly string[]): HostileCase =>
  write(
    `a sequence of ${JSON.stringify(value)}`,
    ['flotilla-client: 0000000a-abc', `flotilla-sequence: ${value}`],
    ...right,
  );

const client = (name: string, value: string, ...right: readonly string[]): HostileCase =>
  write(name, [`flotilla-client: ${value}`, 'flotilla-sequence: 1'], ...right);

/** Sessions that were never opened, and conditions that are not kept. */
export const SESSIONS: Section = {
  name: 'sessions and conditions',
  cases: [
    write('a client without a sequence', ['flotilla-client: 0000000a-abc'], MALFORMED),
    write('a sequence without a client', ['flotilla-sequence: 1'], MALFORMED),
    ...[
      '',
      '0',
      '-1',
      '+1',
      '01',
      '1e0',
      '1.0',
      '0x1',
      '1 2',
      'one',
      '9007199254740992',
      '9'.repeat(400),
    ].map((value) => sequence(value, MALFORMED)),
    write(
      'a sequence twice',
      ['flotilla-client: 0000000a-abc', 'flotilla-sequence: 1', 'flotilla-sequence: 2'],
      MALFORMED,
    ),
    client('an empty client', '', NOT_ISSUED),
    client('a client that was made up', 'me', NOT_ISSUED),
    client('a client of long ago', '0000000a-abc', NOT_ISSUED),
    client('a client of the far future', FAR_AHEAD, NOT_ISSUED),
    client('a client of 100,000 letters', 'a'.repeat(60_000), NOT_ISSUED, '431', ...NOT_HTTP),
    client('a client of markup', '<script>', NOT_ISSUED),
    client('a client beyond ASCII', '\xe9', NOT_ISSUED, ...NOT_HTTP),
    client('a client that is a path', '../../x', NOT_ISSUED),
    once('a session that is opened with a body', withBody('POST /v1/sessions', 'x'.repeat(1000)), '201'),
    write('a condition on a write', ['If-Match: "1"'], '400 condition-unsupported', '412 condition-failed'),
    write('a condition of nonsense', ['If-Match: nonsense'], '400 condition-unsupported'),
    write(
      'a condition that wants nothing there',
      ['If-None-Match: *'],
      '400 condition-unsupported',
      '412 condition-failed',
      '204',
    ),
    write('a part of a value', ['Content-Range: bytes 0-0/2'], '400 partial-put-unsupported'),
    once(
      'a read of another version',
      ask('GET /v1/kv/hostile-absent', ['If-Match: "1"']),
      '400 condition-unsupported',
      '404 key-not-found',
    ),
    once('a read of a part', ask('GET /v1/kv/hostile-absent', ['Range: bytes=5-1']), '404 key-not-found'),
    once(
      'a read with a tag of nonsense',
      ask('GET /v1/kv/hostile-absent', [`If-None-Match: ${'"'.repeat(1000)}`]),
      '404 key-not-found',
    ),
    once(
      'a read since never',
      ask('GET /v1/kv/hostile-absent', ['If-Modified-Since: never']),
      '404 key-not-found',
    ),
  ],
};
