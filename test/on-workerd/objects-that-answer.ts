import type { Env } from '../../workers/env.ts';

/** Bindings of one replica a group, whose objects answer as the test says; undefined: the connection breaks. */
export function objectsThatAnswer(answer: (name: string, url: string) => Response | undefined): Env {
  const namespace = {
    idFromName: (name: string) => name,
    get: (name: string) => ({
      fetch: async (url: string) => {
        const response = answer(name, url);
        if (response === undefined) throw new Error('Network connection lost.');
        return response;
      },
    }),
  };
  const env = {
    STORE_REPLICA: namespace,
    CONTROLLER_REPLICA: namespace,
    LOCATION_HINTS: [''],
    FIRST_GROUPS: [1],
    SHARDS: 1,
    REPLICAS_PER_GROUP: 1,
    REQUEST_DEADLINE_MS: 300,
    REPLY_TIMEOUT_MS: 100,
  };
  return env as unknown as Env;
}
