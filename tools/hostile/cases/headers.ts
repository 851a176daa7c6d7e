import { ask, CLOSED, NOT_HTTP, once, raw, type Section, withBody } from '../hostile-case.ts';

const READ = 'GET /v1/kv/hostile-absent';
const LEAVE = 'POST /v1/cluster/leave';
const GROUPS = '{"groups":[999]}';
const JSON_TYPE = 'Content-Type: application/json';
const ABSENT = '404 key-not-found';
const HOST = '400 host-malformed';
const FOREIGN = '403 cross-site';

const host = (value: string) => raw([`${READ} HTTP/1.1`, `Host: ${value}`, 'Connection: close']);
/** A store that is not a local one keeps no pages away; there the controller answers. */
const page = (...headers: readonly string[]) => withBody(LEAVE, GROUPS, [JSON_TYPE, ...headers]);

/** Headers that say what is not so, and what browsers can be made to send. */
export const HEADERS_OF_ALL_KINDS: Section = {
  name: 'headers',
  cases: [
    once('no Host', raw([`${READ} HTTP/1.1`, 'Connection: close']), HOST, FOREIGN, ABSENT, ...NOT_HTTP),
    once('two Hosts', ask(READ, ['Host: localhost']), HOST, ...NOT_HTTP),
    once('a Host that is a path', host('a/v1/cluster?'), HOST, ...NOT_HTTP),
    once('a Host with a user', host('a@localhost'), HOST, ...NOT_HTTP),
    once('a Host with a port beyond all ports', host('localhost:99999'), HOST, ...NOT_HTTP),
    once('an empty Host', host(''), HOST, ...NOT_HTTP),
    once('a Host that was rebound', host('rebind.example'), FOREIGN),
    once('a page elsewhere', page('Origin: http://evil.example'), FOREIGN),
    once('a page in a sandbox', page('Origin: null'), FOREIGN),
    once('a page that says so', page('Sec-Fetch-Site: cross-site'), FOREIGN),
    once('a page of the same site', page('Sec-Fetch-Site: same-site'), FOREIGN),
    once(
      'a form of a page',
      withBody(LEAVE, GROUPS, ['Origin: http://evil.example', 'Content-Type: text/plain']),
      FOREIGN,
    ),
    once('a form', withBody(LEAVE, GROUPS, ['Content-Type: text/plain']), '415 content-type-unsupported'),
    once(
      'a form with fields',
      withBody(LEAVE, 'groups=1', ['Content-Type: application/x-www-form-urlencoded']),
      '415 content-type-unsupported',
    ),
    once('no type', withBody(LEAVE, GROUPS), '415 content-type-unsupported'),
    once(
      'two types',
      withBody(LEAVE, GROUPS, [JSON_TYPE, 'Content-Type: text/plain']),
      '415 content-type-unsupported',
      '409 group-unknown',
    ),
    once(
      'a preflight',
      ask('OPTIONS /v1/cluster/leave', [
        'Origin: http://evil.example',
        'Access-Control-Request-Method: POST',
      ]),
      FOREIGN,
      '405 method-not-allowed',
    ),
    once(
      'a forwarded host',
      ask(READ, [
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: https',
        'Forwarded: host=evil.example',
      ]),
      ABSENT,
    ),
    once(
      'another method behind the method',
      ask(READ, ['X-HTTP-Method-Override: DELETE', 'X-Method-Override: PUT']),
      ABSENT,
    ),
    once(
      'another path behind the path',
      ask(READ, ['X-Original-URL: /v1/status', 'X-Rewrite-URL: /v1/status']),
      ABSENT,
    ),
    once('an id with line ends', ask(READ, ['X-Request-Id: a\x0b\x1b[2J']), ABSENT, ...NOT_HTTP),
    once('NUL in a header', ask(READ, ['X-Any: a\0b']), ABSENT, ...NOT_HTTP),
    once('bytes beyond ASCII in a header', ask(READ, ['X-Any: \xff\xfe']), ABSENT, ...NOT_HTTP),
    once('a header without a colon', ask(READ, ['nothing']), ...NOT_HTTP),
    once('a header with a space before its colon', ask(READ, ['X-Any : a']), ...NOT_HTTP, ABSENT),
    once('a folded header', ask(READ, ['X-Any: a', ' b']), ...NOT_HTTP, ABSENT),
    once('a header of 1 MiB', ask(READ, [`X-Any: ${'x'.repeat(1 << 20)}`]), '431', ...NOT_HTTP),
    once(
      '2,000 headers',
      ask(
        READ,
        Array.from({ length: 2000 }, (_, at) => `X-Any-${at}: x`),
      ),
      ABSENT,
      '431',
      ...NOT_HTTP,
    ),
    once(
      'a body that is asked for first',
      withBody('PUT /v1/kv/hostile-expect', 'x', ['Expect: 100-continue']),
      '204',
      '417',
    ),
    once(
      'an upgrade',
      ask(READ, [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
      ABSENT,
      ...NOT_HTTP,
      CLOSED,
    ),
    once(
      'a compressed body',
      withBody('PUT /v1/kv/hostile-gzip', Buffer.from([31, 139, 8, 0]), ['Content-Encoding: gzip']),
      '204',
    ),
  ],
};
