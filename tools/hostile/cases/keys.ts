import { ask, CLOSED, NOT_HTTP, once, type Section, withBody } from '../hostile-case.ts';

const MALFORMED = '400 key-malformed';
const EMPTY = '400 key-empty';
const LONG = '400 key-too-long';
const ABSENT = '404 key-not-found';
const ROUTE = '404 route-not-found';

const get = (path: string) => ask(`GET ${path}`);

/** Keys and paths that are none, or nearly. */
export const KEYS: Section = {
  name: 'keys and paths',
  cases: [
    once('no key', get('/v1/kv/'), EMPTY),
    once('no slash', get('/v1/kv'), EMPTY, ROUTE),
    once('a slash as key', get('/v1/kv//'), ABSENT),
    once('double slashes before', get('//v1//kv//x'), ROUTE),
    once('a dot', get('/v1/kv/.'), EMPTY),
    once('an escaped dot', get('/v1/kv/%2e'), EMPTY),
    once('two dots', get('/v1/kv/..'), ROUTE),
    once('two escaped dots', get('/v1/kv/%2e%2E'), ROUTE),
    once('up and elsewhere', get('/v1/kv/../nothing'), ROUTE),
    once('escaped slashes around dots', get('/v1/kv/a%2F..%2F..%2Fb'), ABSENT),
    once('backslashes', get('/v1/kv/..\\..\\nothing'), ROUTE, ...NOT_HTTP),
    once('an escaped backslash', get('/v1/kv/..%5C..%5Cnothing'), ABSENT),
    once('escaped twice', get('/v1/kv/%252e%252e'), ABSENT),
    once('NUL', get('/v1/kv/%00'), ABSENT),
    once('line ends', get('/v1/kv/%0d%0aSet-Cookie:%20a'), ABSENT),
    once('a byte that is no UTF-8', get('/v1/kv/%ff'), MALFORMED),
    once('overlong UTF-8', get('/v1/kv/%c0%af'), MALFORMED),
    once('a surrogate', get('/v1/kv/%ed%a0%80'), MALFORMED),
    once('beyond Unicode', get('/v1/kv/%f4%90%80%80'), MALFORMED),
    once('half a character', get('/v1/kv/%e2%82'), MALFORMED),
    once('half an escape', get('/v1/kv/%e'), MALFORMED),
    once('a percent sign', get('/v1/kv/%'), MALFORMED),
    once('an escape of Latin-1 Unicode', get('/v1/kv/%u0041'), MALFORMED),
    once('raw bytes beyond ASCII', get('/v1/kv/\xff'), MALFORMED, ABSENT, ...NOT_HTTP),
    once('a byte order mark', get('/v1/kv/%EF%BB%BF'), ABSENT),
    once('a byte order mark and a dot', get('/v1/kv/%EF%BB%BF.'), ABSENT),
    once('512 bytes', get(`/v1/kv/${'x'.repeat(512)}`), ABSENT),
    once('513 bytes', get(`/v1/kv/${'x'.repeat(513)}`), LONG),
    once('513 bytes, to be written', withBody(`PUT /v1/kv/${'%f0%9f%98%80'.repeat(128)}x`, 'x'), LONG),
    once('the name of a property', get('/v1/kv/__proto__'), ABSENT),
    once('an empty key, to be written', withBody('PUT /v1/kv/', 'x'), EMPTY),
    once('an empty key, unreplicated', get('/v1/solo/'), EMPTY),
    once('no UTF-8, unreplicated', get('/v1/solo/%ff'), MALFORMED),
    once('nothing', get('/v1/nothing'), ROUTE),
    once('another version', get('/v2/kv/x'), ROUTE),
    once('upper case', get('/V1/KV/x'), ROUTE),
    once('a path of escapes', get('/%76%31/%6b%76/x'), ROUTE),
    once('nothing at all', get('/'), '200'),
    once('a query that is all there is', get('/?/v1/status'), '200'),
    once('a query of NUL', get('/v1/nothing?%00'), ROUTE, CLOSED),
  ],
};
