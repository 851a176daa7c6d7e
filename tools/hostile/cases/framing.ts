import { ask, CLOSED, leaving, NOT_HTTP, once, type Section, slowly, withBody } from '../hostile-case.ts';

const PUT = 'PUT /v1/kv/hostile-framing';
const CHUNKED = 'Transfer-Encoding: chunked';
const MIB = 1 << 20;
const INCOMPLETE = '400 body-incomplete';
const TOO_LARGE = '413 value-too-large';
const SMUGGLED = 'GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** How long a body is said to be, and how it comes. */
export const FRAMING: Section = {
  name: 'framing of bodies',
  cases: [
    once(
      'length and chunks at once',
      ask(PUT, ['Content-Length: 4', CHUNKED], '0\r\n\r\n'),
      ...NOT_HTTP,
      '204',
    ),
    once(
      'a request behind a length that lies',
      ask(PUT, ['Content-Length: 0', CHUNKED], `0\r\n\r\n${SMUGGLED}`),
      ...NOT_HTTP,
      '204',
    ),
    once(
      'chunks by another name',
      ask(PUT, ['Transfer-Encoding: xchunked'], SMUGGLED),
      ...NOT_HTTP,
      '501',
      INCOMPLETE,
    ),
    once('chunks named twice', ask(PUT, [CHUNKED, CHUNKED], '0\r\n\r\n'), ...NOT_HTTP, '501', '204'),
    once(
      'chunks, then identity',
      ask(PUT, [CHUNKED, 'Transfer-Encoding: identity'], '0\r\n\r\n'),
      ...NOT_HTTP,
      '501',
      '204',
    ),
    once('two lengths', ask(PUT, ['Content-Length: 1', 'Content-Length: 2'], 'xx'), ...NOT_HTTP),
    once('a negative length', ask(PUT, ['Content-Length: -1'], 'x'), ...NOT_HTTP),
    once('a length that is no number', ask(PUT, ['Content-Length: 1e0'], 'x'), ...NOT_HTTP),
    once(
      'a length beyond all numbers',
      ask(PUT, ['Content-Length: 99999999999999999999'], 'x'),
      ...NOT_HTTP,
      TOO_LARGE,
    ),
    once('a huge length', ask(PUT, ['Content-Length: 9007199254740991'], 'x'), TOO_LARGE),
    once('a chunk of no size', ask(PUT, [CHUNKED], 'zz\r\n\r\n'), ...NOT_HTTP, INCOMPLETE),
    once(
      'a chunk size beyond all numbers',
      ask(PUT, [CHUNKED], 'ffffffffffffffffff\r\nx'),
      ...NOT_HTTP,
      INCOMPLETE,
      TOO_LARGE,
    ),
    once(
      'a chunk longer than it says',
      ask(PUT, [CHUNKED], '1\r\nxyz\r\n0\r\n\r\n'),
      ...NOT_HTTP,
      INCOMPLETE,
    ),
    once(
      'a chunk with an extension',
      ask(PUT, [CHUNKED], '1;a=b\r\nx\r\n0\r\n\r\n'),
      '204',
      ...NOT_HTTP,
      INCOMPLETE,
    ),
    once('one byte more than a value', withBody(PUT, Buffer.alloc(MIB + 1)), TOO_LARGE),
    once(
      'one byte more than a value, in chunks',
      ask(
        PUT,
        [CHUNKED],
        Buffer.concat([Buffer.from('100001\r\n'), Buffer.alloc(MIB + 1), Buffer.from('\r\n0\r\n\r\n')]),
      ),
      TOO_LARGE,
    ),
    once('8 MiB', withBody(PUT, Buffer.alloc(8 * MIB)), TOO_LARGE, CLOSED),
    once('no length at all', ask(PUT), '204'),
    slowly(
      'a head that trickles',
      [...ask('GET /v1/nothing')].map((byte) => Buffer.of(byte)),
      5,
      '404 route-not-found',
      CLOSED,
    ),
    slowly(
      'a body that trickles',
      [ask(PUT, ['Content-Length: 20']), ...Array(20).fill(Buffer.from('x'))],
      20,
      '204',
    ),
    leaving('a head that ends nowhere', Buffer.from('GET /v1/kv/x HTTP/1.1\r\nHost:'), 200),
    leaving('a body that breaks off', ask(PUT, ['Content-Length: 1000'], 'half'), 100),
    leaving(
      'a large body that breaks off',
      ask(PUT, ['Content-Length: 1000000'], Buffer.alloc(500_000)),
      100,
    ),
    leaving('chunks that break off', ask(PUT, [CHUNKED], '5\r\nhal'), 100),
    leaving('an answer that nobody waits for', ask('GET /v1/status'), 0),
  ],
};
