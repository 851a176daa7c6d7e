/** The harness of labs 2 and 4 on real objects. */

import { LabClerks, wholeService } from '../../labs/clerk.ts';
import { limitsFor } from '../../labs/group.ts';
import type { GroupKv, GroupKvOptions, SoloKv, SoloKvOptions } from '../../labs/kv-config.ts';
import { NOTHING, serverWith } from '../../labs/lab-port.ts';
import { LabFailure } from '../../labs/lab-test.ts';
import { createRealWorld } from '../../labs/lab-world.ts';
import type { Handler } from '../../labs/network.ts';
import { immediately, type Process } from '../../labs/process.ts';
import { type RealTime, settled } from '../../labs/real-time.ts';
import { callObject, parseAnswer } from './call-object.ts';
import { KEPT_BYTES_PATH } from './kv-server-object.ts';
import type { LabEnv } from './lab-env.ts';
import { ObjectGroup } from './object-group.ts';

export function startGroupKv(env: LabEnv, name: string, options: GroupKvOptions, time: RealTime): GroupKv {
  const { seed, isReliable, servers, maxRaftState } = options;
  const world = createRealWorld(seed, isReliable, time);
  const group = new ObjectGroup(world, time, {
    name: 'kv',
    suffix: `~${name}`,
    servers,
    settings: { limits: limitsFor(maxRaftState) },
    namespace: env.KV_REPLICA,
  });
  const names = group.servers.map((server) => group.nameOf(server));
  return { world, group, clerks: new LabClerks(world, wholeService(names)) };
}

export function startSoloKv(env: LabEnv, name: string, options: SoloKvOptions, time: RealTime): SoloKv {
  const { seed, isReliable, isRecording } = options;
  const world = createRealWorld(seed, isReliable, time);
  const deliver =
    (path: string): Handler =>
    (request, respond) => {
      callObject(env.KV_SERVER, name, path, request).then(
        ({ status, body }) => time.guard(() => respond(status === 200 ? body : NOTHING)),
        (error) =>
          time.guard(() => {
            throw new LabFailure(`the server failed: ${error}`);
          }),
      );
    };
  world.network.addServer(name, serverWith(deliver));
  return {
    world,
    clerks: new LabClerks(world, wholeService([name]), { isRecording }),
    keptBytes: () => keptBytes(env, name, time),
    manyClients: MANY_CLIENTS,
    end: () => immediately(() => world.network.deleteServer(name)),
  };
}

/** A tenth of the course's, as each call takes real time. The bounds are for one client. */
const MANY_CLIENTS = 10_000;

function* keptBytes(env: LabEnv, name: string, time: RealTime): Process<number> {
  const answer = yield* settled(time, callObject(env.KV_SERVER, name, KEPT_BYTES_PATH));
  if (answer?.status !== 200) throw new LabFailure('the server does not say what it keeps');
  return parseAnswer<number>(answer);
}
