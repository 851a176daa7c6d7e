import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { ask, once, type Section, withBody } from '../hostile-case.ts';

const ROUTE = '404 route-not-found';
const BYTES = Buffer.from([2, 0x82, 0, 0x80]);

/** What replicas say to one another is for nobody else, whatever it is called. */
export const INTERNAL: Section = {
  name: 'internal paths',
  cases: [
    ...Object.values(REPLICA_PATHS).flatMap((path) => [
      once(`POST ${path}`, withBody(`POST ${path}`, BYTES), ROUTE),
      once(`GET ${path}`, ask(`GET ${path}`), ROUTE),
      once(`POST /v1${path}`, withBody(`POST /v1${path}`, BYTES), ROUTE, '405 method-not-allowed'),
    ]),
    once(
      'by the name of the host',
      withBody('POST https://replica/raft', BYTES),
      '400 host-malformed',
      ROUTE,
      '400',
      'closed',
    ),
    ...[
      '/cdn-cgi/mf/scheduled',
      '/cdn-cgi/handler/scheduled',
      '/__scheduled',
      '/cdn-cgi/explorer',
      '/.well-known/x',
      '/favicon.ico',
      '/.env',
      '/metrics',
    ].map((path) => once(path, ask(`GET ${path}`), ROUTE)),
  ],
};
