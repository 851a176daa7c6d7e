import { ask, NOT_HTTP, once, type Section } from '../hostile-case.ts';

const NOT_ALLOWED = '405 method-not-allowed';
const PATHS = [
  '/v1/kv/hostile-absent',
  '/v1/solo/hostile-absent',
  '/v1/sessions',
  '/v1/status',
  '/v1/cluster',
  '/v1/cluster/join',
];
/** What the runtime hands on, and what it does not know (501, and the Worker never hears of it). */
const KNOWN = ['OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY'];
const UNKNOWN = ['BREW', 'get', 'G\u00c9T'];

/** Methods that a path has not, and that nobody has. */
export const METHODS_OF_ALL_KINDS: Section = {
  name: 'methods',
  cases: [
    ...PATHS.flatMap((path) => [
      ...KNOWN.map((method) => once(`${method} ${path}`, ask(`${method} ${path}`), NOT_ALLOWED)),
      ...UNKNOWN.map((method) => once(`${method} ${path}`, ask(`${method} ${path}`), '501', ...NOT_HTTP)),
      once(`CONNECT ${path}`, ask(`CONNECT ${path}`), '200', NOT_ALLOWED, ...NOT_HTTP),
    ]),
    once('DELETE of the status', ask('DELETE /v1/status'), NOT_ALLOWED),
    once('GET of what is only posted', ask('GET /v1/cluster/join'), NOT_ALLOWED),
    once('PUT of sessions', ask('PUT /v1/sessions'), NOT_ALLOWED),
    once('POST of a configuration', ask('POST /v1/cluster/configs/1'), NOT_ALLOWED),
    once('HEAD of nothing', ask('HEAD /v1/nothing'), '404'),
    once('HEAD of an absent key', ask('HEAD /v1/kv/hostile-absent'), '404'),
    once('HEAD of no key', ask('HEAD /v1/kv/'), '400'),
  ],
};
