import { ask, CLOSED, NOT_HTTP, once, raw, type Section } from '../hostile-case.ts';

const HOST = 'Host: localhost';
const ROUTE = '404 route-not-found';
/** It is closed as soon as it is open. */
const TUNNEL_CLOSED = '200';
const MALFORMED_HOST = '400 host-malformed';

/** Request lines, and what stands where they should. */
export const REQUEST_LINES: Section = {
  name: 'request lines',
  cases: [
    once('nothing but a line end', raw(['']), ...NOT_HTTP),
    once('one word', raw(['GET', HOST]), ...NOT_HTTP),
    once('no version', raw(['GET /v1/kv/x', HOST]), ...NOT_HTTP),
    once('a version of the future', raw(['GET /v1/kv/x HTTP/9.9', HOST]), ...NOT_HTTP, '505'),
    once('HTTP/1.0', raw(['GET /v1/nothing HTTP/1.0', HOST]), ROUTE, ...NOT_HTTP),
    once('HTTP/0.9', Buffer.from('GET /v1/kv/x\r\n'), ...NOT_HTTP, 'silent'),
    once('the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ...NOT_HTTP),
    once('a TLS greeting', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 13, 10, 13, 10]), ...NOT_HTTP),
    once('bytes that mean nothing', Buffer.from([0, 1, 2, 254, 255, 13, 10, 13, 10]), ...NOT_HTTP),
    once('NUL in the path', ask('GET /v1/kv/a\0b'), ...NOT_HTTP, MALFORMED_HOST, ROUTE, '404 key-not-found'),
    once('a space in the path', ask('GET /v1/kv/a b'), ...NOT_HTTP, '404 key-not-found'),
    once('absolute form', ask('GET http://localhost/v1/nothing'), MALFORMED_HOST, ROUTE, ...NOT_HTTP),
    once(
      'absolute form, elsewhere',
      ask('GET http://evil.example/v1/status'),
      MALFORMED_HOST,
      '403 cross-site',
      // workerd lets Host say where a request goes, whatever the request line says.
      '200',
      ...NOT_HTTP,
    ),
    once('authority form', ask('CONNECT localhost:80'), TUNNEL_CLOSED, '405 method-not-allowed', ...NOT_HTTP),
    once('asterisk form', ask('OPTIONS *'), MALFORMED_HOST, ...NOT_HTTP),
    once('a path without a slash', ask('GET v1/status'), MALFORMED_HOST, ...NOT_HTTP),
    once('a path of 100 KiB', ask(`GET /v1/${'x'.repeat(100_000)}`), ROUTE, '414', '431', ...NOT_HTTP),
    once('a method of 10,000 letters', raw([`${'A'.repeat(10_000)} / HTTP/1.1`, HOST]), ...NOT_HTTP, '501'),
    once(
      'line ends without CR',
      Buffer.from('GET /v1/nothing HTTP/1.1\nHost: localhost\nConnection: close\n\n'),
      ROUTE,
      ...NOT_HTTP,
    ),
    once('a fragment', ask('GET /v1/nothing#x'), ROUTE, ...NOT_HTTP),
    once(
      'two requests in one',
      Buffer.concat([raw(['GET /v1/nothing HTTP/1.1', HOST]), ask('GET /')]),
      `${ROUTE},200`,
    ),
    once(
      'twenty requests in one',
      Buffer.concat([...Array(19).fill(raw(['GET /v1/nothing HTTP/1.1', HOST])), ask('GET /v1/nothing')]),
      Array(20).fill(ROUTE).join(','),
      CLOSED,
    ),
  ],
};
