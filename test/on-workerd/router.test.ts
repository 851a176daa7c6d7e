/** The router, over objects that answer what the test says. */

import { expect, test } from 'vitest';
import { encodeReplicaAnswer, REPLICA_PATHS, type ReplicaAnswer } from '../../src/protocol/index.ts';
import { asGroupId, encodeConfiguration } from '../../src/shard/index.ts';
import type { Env } from '../../workers/env.ts';
import { Router } from '../../workers/router.ts';

const CONFIGURATION = encodeConfiguration({
  number: 1,
  shards: [asGroupId(1)],
  groups: new Map([1, 2].map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }])),
});
const REFUSED_BY_ONE: ReplicaAnswer = { type: 'wrong-group', configuration: 1, owner: 2 };
const WRITE = {
  command: { type: 'append', key: 'key', value: new Uint8Array(1) },
  session: undefined,
} as const;

/** One replica a group; the answers of each in turn, the last one for good. `undefined` is no answer. */
function routerOver(answers: Readonly<Record<string, readonly (ReplicaAnswer | undefined)[]>>): Router {
  const asked = new Map<string, number>();
  const answerOf = (name: string): ReplicaAnswer | undefined => {
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    return answers[name]?.[Math.min(turn, answers[name].length - 1)];
  };
  const namespace = {
    idFromName: (name: string) => name,
    get: (name: string) => ({
      fetch: async (url: string) => {
        const isConfiguration = name.startsWith('controller') && url.endsWith(REPLICA_PATHS.query);
        const answer: ReplicaAnswer | undefined = isConfiguration
          ? { type: 'done', index: 1, result: CONFIGURATION }
          : answerOf(name);
        if (answer === undefined) throw new Error('Network connection lost.');
        return new Response(encodeReplicaAnswer(answer));
      },
    }),
  };
  const env = {
    STORE_REPLICA: namespace,
    CONTROLLER_REPLICA: namespace,
    LOCATION_HINTS: [''],
    SHARDS: 1,
    REPLICAS_PER_GROUP: 1,
    REQUEST_DEADLINE_MS: 300,
    REPLY_TIMEOUT_MS: 100,
  };
  return new Router(env as unknown as Env);
}

test('a write that nobody can have executed is said to be not executed', async () => {
  const router = routerOver({ 'group-1/1': [REFUSED_BY_ONE], 'group-2/1': [{ type: 'overloaded' }] });
  expect(await router.write(WRITE)).toMatchObject({ type: 'overloaded' });
});

test('a write whose first attempt had no answer may be executed, whatever the groups say afterwards', async () => {
  const router = routerOver({
    'group-1/1': [undefined, REFUSED_BY_ONE],
    'group-2/1': [{ type: 'overloaded' }],
  });
  expect(await router.write(WRITE)).toMatchObject({ type: 'unavailable', outcome: 'unknown' });
});

test('also when no group serves the shard any more within the deadline', async () => {
  const router = routerOver({
    'group-1/1': [undefined, REFUSED_BY_ONE],
    'group-2/1': [{ type: 'wrong-group', configuration: 1, owner: 1 }],
  });
  expect(await router.write(WRITE)).toMatchObject({ type: 'unavailable', outcome: 'unknown' });
});
