import { createMiddleware } from 'hono/factory';
import type { Backends } from '../gateway/backends.ts';

export interface BackendsVariables {
  readonly Bindings: object;
  readonly Variables: { readonly backends: Backends };
}

/** Chooses the backends once per request. The bindings are of the type that the deployment's configuration says. */
export const backends = <Bindings extends object>(choose: (env: Bindings) => Backends) =>
  createMiddleware<BackendsVariables>(async (c, next) => {
    c.set('backends', choose(c.env as Bindings));
    return next();
  });
