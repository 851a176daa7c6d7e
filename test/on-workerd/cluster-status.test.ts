/** The status of a cluster, over objects that answer what the test says. */

import { expect, test } from 'vitest';
import { asIndex } from '../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS } from '../../src/replica/index.ts';
import { asGroupId, CONFIGURATION } from '../../src/shard/index.ts';
import { clusterStatus } from '../../workers/gateway/cluster-status.ts';
import { Gateway } from '../../workers/gateway/gateway.ts';
import { objectsThatAnswer } from './objects-that-answer.ts';

function configuration(number: number, groups: readonly number[]): Uint8Array {
  const result = CONFIGURATION.encode({
    number,
    shards: [asGroupId(1)],
    groups: new Map(groups.map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }])),
    joining: new Map(),
    lost: [],
  });
  return REPLICA_ANSWER.encode({ type: 'done', index: asIndex(1), result, ageMsMax: undefined });
}

test('status lists the groups of the latest configuration, or of the last one known when the controller is silent', async () => {
  let latest: Uint8Array | undefined = configuration(1, [1]);
  const statuses: Readonly<Record<string, object>> = {
    'group-1/1': { id: 1, role: 'leader' },
    'group-2/1': { role: 'refused', reason: 'format 99' },
  };
  const env = objectsThatAnswer((name, url) => {
    if (name.startsWith('controller') && url.endsWith(REPLICA_PATHS.query) && latest !== undefined)
      return new Response(latest);
    const status = url.endsWith(REPLICA_PATHS.status) ? statuses[name] : undefined;
    return status && Response.json(status);
  });
  const gateway = new Gateway(env);

  const first = { name: 'group-1', replicas: [{ id: 1, role: 'leader' }] };
  const controller = { name: 'controller', replicas: [{ id: 1, role: 'unreachable' }] };
  expect(await clusterStatus(env, gateway)).toMatchObject({ groups: [first, controller] });

  latest = configuration(2, [1, 2]);
  const second = { name: 'group-2', replicas: [{ id: 1, role: 'refused', reason: 'format 99' }] };
  expect(await clusterStatus(env, gateway)).toMatchObject({ groups: [first, second, controller] });

  latest = undefined;
  expect(await clusterStatus(env, gateway)).toMatchObject({ groups: [first, second, controller] });
});
