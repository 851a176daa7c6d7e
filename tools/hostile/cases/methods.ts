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
const METHODS = ['OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'QUERY', 'BREW', 'get'];

/** Methods that a path has not, and that nobody has. */
export const METHODS_OF_ALL_KINDS: Section = {
  name: 'methods',
  cases: [
    ...PATHS.flatMap((path) =>
      METHODS.map((method) =>
        once(
          `${method} ${path}`,
          ask(`${method} ${path}`),
          NOT_ALLOWED,
          ...NOT_HTTP,
          '501',
          '404 route-not-found',
          '400 host-malformed',
        ),
      ),
    ),
    once('DELETE of the status', ask('DELETE /v1/status'), NOT_ALLOWED),
    once('GET of what is only posted', ask('GET /v1/cluster/join'), NOT_ALLOWED),
    once('PUT of sessions', ask('PUT /v1/sessions'), NOT_ALLOWED),
    once('POST of a configuration', ask('POST /v1/cluster/configs/1'), NOT_ALLOWED),
    once('HEAD of nothing', ask('HEAD /v1/nothing'), '404'),
    once('HEAD of an absent key', ask('HEAD /v1/kv/hostile-absent'), '404'),
    once('HEAD of no key', ask('HEAD /v1/kv/'), '400'),
  ],
};
