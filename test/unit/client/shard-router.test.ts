import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallPort, ControllerClient, GroupCaller, ShardRouter } from '../../../src/client/index.ts';
import { CONFIGURATION_QUERY } from '../../../src/controller/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, asShardId, CONFIGURATION, type Configuration } from '../../../src/shard/index.ts';
import {
  BROKEN,
  byReplica,
  done,
  NO_LEADER,
  OVERLOADED,
  reply,
  type Said,
  ScriptedPort,
  SILENT,
} from './support/scripted-port.ts';

const SHARD = asShardId(0);
const OTHER_SHARD = asShardId(1);
const BODY = new Uint8Array([1, 2, 3]);
const WRITTEN = { type: 'written', version: 1 } as const;
const PATIENCE_MS = 100;
const CONTROLLER = 'controller/1';

/** Who has the shards 0, 1, … */
function configuration(number: number, ...owners: readonly number[]): Configuration {
  const groups = new Map([1, 2, 3].map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }]));
  // Two shards, whether or not a test tells both.
  const shards = [owners[0] ?? 0, owners[1] ?? owners[0] ?? 0].map(asGroupId);
  return { number, shards, groups, joining: new Map(), lost: [] };
}

const configured = (number: number, ...owners: readonly number[]): Said =>
  done(CONFIGURATION.encode(configuration(number, ...owners)));
const refused = (known: number, owner: number): Said =>
  reply({ type: 'wrong-group', configuration: known, owner: asGroupId(owner) });

function over(port: ScriptedPort, callPort: CallPort = port) {
  const controller = new ControllerClient({
    group: new GroupCaller([CONTROLLER], callPort),
    firstGroups: new Map(),
    newClient: () => 'somebody',
  });
  const router = new ShardRouter({
    port: callPort,
    controller,
    replicasOf: (group) => [`group-${group}/1`],
    shardCount: 2,
    patienceMs: PATIENCE_MS,
  });
  const call = (timeoutMs = 1000, shard = SHARD) =>
    port.run(router.call(shard, REPLICA_PATHS.command, BODY, timeoutMs));
  return { port, router, call };
}

/** One replica a group. The controller knows configuration 1, where group 1 has all shards. */
function routerOver(answers: Readonly<Record<string, readonly Said[]>>) {
  return over(new ScriptedPort(byReplica({ [CONTROLLER]: [configured(1, 1, 1)], ...answers })));
}

const answered = (mayBeExecuted: boolean) => ({ type: 'answered', result: WRITTEN, mayBeExecuted });
const noAnswer = (mayBeExecuted: boolean) => ({
  type: 'failed',
  reason: 'no-answer',
  mayBeExecuted,
  why: expect.anything(),
});
const overloaded = { type: 'failed', reason: 'overloaded', mayBeExecuted: false };

describe('a call', () => {
  test('goes to the group that has the shard, as it is; the configuration is looked up once', () => {
    const { port, call } = routerOver({ 'group-1/1': [reply(WRITTEN)] });
    expect(call()).toMatchObject(answered(false));
    call();
    call(1000, OTHER_SHARD);
    expect(port.replicas).toEqual([CONTROLLER, 'group-1/1', 'group-1/1', 'group-1/1']);
    expect(port.asked[1]).toMatchObject({ path: REPLICA_PATHS.command, body: BODY });
    expect(port.asked[0]?.body).toEqual(CONFIGURATION_QUERY.encode({ number: undefined }));
  });

  test('follows a refusal to the group that it names, and the next one goes there at once', () => {
    const { port, call } = routerOver({
      'group-1/1': [refused(1, 2)],
      'group-2/1': [reply(WRITTEN)],
    });
    expect(call()).toMatchObject(answered(false));
    call();
    expect(port.replicas).toEqual([CONTROLLER, 'group-1/1', 'group-2/1', 'group-2/1']);
    expect(port.pauses).toEqual([]);
  });

  test('makes no detour for a shard that is not on its way', () => {
    const { port, call } = routerOver({
      'group-1/1': [refused(1, 2), reply(WRITTEN)],
      'group-2/1': [reply(WRITTEN)],
    });
    call();
    call(1000, OTHER_SHARD);
    expect(port.replicas.at(-1)).toBe('group-1/1');
  });

  test('looks for the configuration that a refusal knows', () => {
    const { port, router, call } = routerOver({
      [CONTROLLER]: [configured(1, 1), configured(2, 3)],
      'group-1/1': [refused(2, 3)],
      'group-3/1': [reply(WRITTEN)],
    });
    expect(call()).toMatchObject(answered(false));
    expect(port.replicas).toEqual([CONTROLLER, 'group-1/1', CONTROLLER, 'group-3/1']);
    expect(router.configuration?.number).toBe(2);
  });

  test('leaves a detour whose group does not answer', () => {
    const { port, call } = routerOver({
      'group-1/1': [refused(1, 2), reply(WRITTEN)],
      'group-2/1': [SILENT],
    });
    expect(call()).toMatchObject(answered(true));
    expect(port.replicas).toEqual([CONTROLLER, 'group-1/1', 'group-2/1', CONTROLLER, 'group-1/1']);
  });

  test('is not sent round in circles for ever', () => {
    const { port, call } = routerOver({ 'group-1/1': [refused(1, 2)], 'group-2/1': [refused(1, 1)] });
    expect(call(3_600_000)).toEqual(noAnswer(false));
    const asked = port.replicas.filter((name) => name !== CONTROLLER);
    expect(asked).toHaveLength(47);
    expect(port.nowMs()).toBeLessThan(10_000);
  });

  test('waits for a shard that is on its way, a little longer each time', () => {
    const { port, call } = routerOver({
      'group-1/1': [refused(1, 2)],
      'group-2/1': [...Array.from({ length: 20 }, () => refused(1, 1)), reply(WRITTEN)],
    });
    expect(call(3_600_000)).toMatchObject(answered(false));
    expect(port.pauses.slice(0, 6)).toEqual([3, 4, 4, 5, 7, 8]);
    expect(Math.max(...port.pauses)).toBe(100);
  });

  test('finds nobody while no group serves its shard', () => {
    const { call } = routerOver({ [CONTROLLER]: [configured(1, 0)] });
    expect(call(300)).toEqual(noAnswer(false));
  });

  test('never goes on longer than its time, whatever it hears', () => {
    const said = fc.constantFrom<Said>(
      BROKEN,
      SILENT,
      NO_LEADER,
      OVERLOADED,
      refused(1, 1),
      refused(1, 2),
      refused(3, 2),
    );
    const heard = fc.array(said, { minLength: 1 });
    const controller = fc.array(fc.constantFrom(configured(1, 1), configured(2, 2), SILENT, BROKEN), {
      minLength: 1,
    });
    fc.assert(
      fc.property(heard, heard, controller, fc.nat(1000), (one, two, controls, timeoutMs) => {
        const { port, call } = routerOver({ 'group-1/1': one, 'group-2/1': two, [CONTROLLER]: controls });
        call(timeoutMs);
        expect(port.nowMs()).toBeLessThanOrEqual(timeoutMs);
      }),
    );
  });
});

describe('the time of a call', () => {
  test('is not used up by a group that is gone: its shards may be elsewhere', () => {
    const { port, call } = routerOver({
      [CONTROLLER]: [configured(1, 1), configured(2, 3)],
      'group-1/1': [SILENT],
      'group-3/1': [reply(WRITTEN)],
    });
    expect(call(1000)).toMatchObject(answered(true));
    expect(port.nowMs()).toBeLessThan(600);
  });

  test('is not used up by a controller that is gone: the refusal has named a group', () => {
    const { call } = routerOver({
      [CONTROLLER]: [configured(1, 1), SILENT],
      'group-1/1': [refused(2, 2)],
      'group-2/1': [reply(WRITTEN)],
    });
    expect(call(1000)).toMatchObject(answered(false));
  });

  test('is given to one group for a while at least', () => {
    const { port, call } = routerOver({ 'group-1/1': [SILENT] });
    call(2.5 * PATIENCE_MS);
    const given = port.asked.filter(({ replica }) => replica === 'group-1/1');
    expect(given.map(({ timeoutMs }) => timeoutMs)).toEqual([125, PATIENCE_MS, 19]);
  });
});

describe('a write', () => {
  test('that nobody can have executed is said to be not executed', () => {
    const { call } = routerOver({ 'group-1/1': [refused(1, 2)], 'group-2/1': [OVERLOADED] });
    expect(call()).toEqual(overloaded);
  });

  test('whose first attempt had no answer may be executed, whatever the groups say afterwards (client.S1)', () => {
    const { call } = routerOver({ 'group-1/1': [BROKEN, refused(1, 2)], 'group-2/1': [OVERLOADED] });
    expect(call(300)).toEqual(noAnswer(true));
  });

  test('also when no group serves the shard any more within the deadline (client.S1)', () => {
    const { call } = routerOver({ 'group-1/1': [BROKEN, refused(1, 2)], 'group-2/1': [refused(1, 1)] });
    expect(call(300)).toEqual(noAnswer(true));
  });

  test('that a later group answers may be executed elsewhere as well (client.S1)', () => {
    const { call } = routerOver({ 'group-1/1': [BROKEN, refused(1, 2)], 'group-2/1': [reply(WRITTEN)] });
    expect(call()).toMatchObject(answered(true));
  });

  test('goes on in a full group if an earlier attempt may be executed', () => {
    const { call } = routerOver({
      'group-1/1': [BROKEN, refused(1, 2)],
      'group-2/1': [OVERLOADED, OVERLOADED, reply(WRITTEN)],
    });
    expect(call()).toMatchObject(answered(true));
  });
});

describe('the group of a shard', () => {
  test('is unknown before a configuration is', () => {
    const { port, router } = routerOver({});
    expect(router.groupFor(SHARD)).toBeUndefined();
    expect(port.run(router.lookUp(100))).toMatchObject({ number: 1 });
    expect(router.groupFor(SHARD)).toBeDefined();
  });

  test('is one and the same for all calls, so that one that finds its leader finds it for all', () => {
    const port = new ScriptedPort(
      byReplica({
        [CONTROLLER]: [done(CONFIGURATION.encode({ ...configuration(1, 1, 1), groups: new Map() }))],
        'group-1/1': [{ type: 'not-leader', leader: asReplicaId(2) }],
        'group-1/2': [reply(WRITTEN)],
      }),
    );
    const controller = new ControllerClient({
      group: new GroupCaller([CONTROLLER], port),
      firstGroups: new Map(),
      newClient: () => 'somebody',
    });
    const replicasOf = (group: number) => [`group-${group}/1`, `group-${group}/2`];
    const router = new ShardRouter({ port, controller, replicasOf, shardCount: 2, patienceMs: PATIENCE_MS });
    for (const shard of [SHARD, OTHER_SHARD]) port.run(router.call(shard, REPLICA_PATHS.command, BODY, 1000));
    expect(port.replicas).toEqual([CONTROLLER, 'group-1/1', 'group-1/2', 'group-1/2']);
    expect(router.groupFor(SHARD)).toBe(router.groupFor(OTHER_SHARD));
  });
});

test('the cluster has another number of shards than the settings say: that is said at once, and no group is asked', () => {
  const { port, router } = routerOver({});
  port.run(router.lookUp(100));
  const other = new ShardRouter({
    port,
    controller: new ControllerClient({
      group: new GroupCaller([CONTROLLER], port),
      firstGroups: new Map(),
      newClient: () => 'somebody',
    }),
    replicasOf: (group) => [`group-${group}/1`],
    shardCount: 32,
    patienceMs: PATIENCE_MS,
  });
  const beganMs = port.nowMs();
  expect(port.run(other.call(SHARD, REPLICA_PATHS.command, BODY, 10_000))).toMatchObject({
    type: 'failed',
    mayBeExecuted: false,
    why: { type: 'shard-count', made: 2, set: 32 },
  });
  expect(port.nowMs() - beganMs).toBeLessThan(100);
  expect(port.replicas.every((replica) => replica === CONTROLLER)).toBe(true);
});

test('replicas that refuse for another number of shards are believed at once, though this side knows it not', () => {
  const { port, call } = over(
    new ScriptedPort(
      byReplica({
        [CONTROLLER]: [configured(1, 1)],
        'group-1/1': [{ type: 'shard-count', made: 64, set: 32 }],
      }),
    ),
  );
  const beganMs = port.nowMs();
  expect(call()).toMatchObject({
    type: 'failed',
    mayBeExecuted: false,
    why: { type: 'shard-count', made: 64, set: 32 },
  });
  expect(port.nowMs() - beganMs).toBeLessThan(1000);
});

test('a group is where its configuration says, whatever the settings would make of its name', () => {
  const elsewhere = {
    ...configuration(1, 1),
    groups: new Map([[asGroupId(1), { replicas: ['elsewhere/1'] }]]),
  };
  const { port, call } = over(
    new ScriptedPort(
      byReplica({ [CONTROLLER]: [done(CONFIGURATION.encode(elsewhere))], 'elsewhere/1': [reply(WRITTEN)] }),
    ),
  );
  expect(call()).toMatchObject({ type: 'answered' });
  expect(port.replicas).toEqual([CONTROLLER, 'elsewhere/1']);
});

describe('a look-up', () => {
  test('without an answer leaves what is known', () => {
    const { port, router } = routerOver({ [CONTROLLER]: [configured(1, 1), SILENT] });
    port.run(router.lookUp(100));
    expect(port.run(router.lookUp(100))).toBeUndefined();
    expect(router.configuration?.number).toBe(1);
  });

  test('that brings an older configuration leaves what is known (client.R2)', () => {
    const { port, router } = routerOver({ [CONTROLLER]: [configured(2, 1), configured(1, 2)] });
    port.run(router.lookUp(100));
    port.run(router.lookUp(100));
    expect(router.configuration?.number).toBe(2);
  });
});
