/** What `cloudflare:workers` gives the tests: the bindings of wrangler.toml and the exports of the Worker. */

declare namespace Cloudflare {
  interface Env extends WorkerEnv {}
  interface GlobalProps {
    mainModule: typeof import('../../workers/index.ts');
  }
}

type WorkerEnv = import('../../workers/env.ts').Env;
