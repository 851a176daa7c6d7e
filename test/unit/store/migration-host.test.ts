import { describe, expect, test } from 'vitest';
import { ControllerClient, GroupCaller } from '../../../src/client/index.ts';
import { CONFIGURATION_QUERY } from '../../../src/controller/index.ts';
import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, asShardId, CONFIGURATION, SHARD_REQUEST, type Work } from '../../../src/shard/index.ts';
import { MigrationHost } from '../../../src/store/migration-host.ts';
import { done, NO_LEADER, type Script, ScriptedPort, SILENT } from '../client/support/scripted-port.ts';
import {
  arriving,
  CONFIRMATION,
  DELETING,
  DrivingGroup,
  FIRST,
  LEAVING,
  OTHER,
  ROWS,
  SETTINGS,
  SHARDS,
  shardAnswer,
} from './support/driving-group.ts';

describe('a leader', () => {
  test('asks for the configuration that follows its own, and takes it', () => {
    const next = {
      number: 8,
      shards: [asGroupId(1)],
      groups: new Map([[asGroupId(1), { replicas: ['group-1/1'] }]]),
      joining: new Map(),
      lost: [],
    };
    let taken = 7;
    const group = new DrivingGroup({
      settings: { pollMs: 500 },
      script: ({ body }) => {
        const { number } = CONFIGURATION_QUERY.decode(body);
        return number === undefined || number === 8 ? done(CONFIGURATION.encode(next)) : SILENT;
      },
      work: () => ({ configuration: taken }),
      apply: () => {
        taken = 8;
        return undefined;
      },
    });
    group.run(3000);
    expect(group.commands.map(({ command }) => command)).toEqual([
      { type: 'configure', configuration: next },
    ]);
    const numbers = group.port.asked.map(({ body }) => CONFIGURATION_QUERY.decode(body).number);
    expect(numbers.slice(0, 2)).toEqual([undefined, undefined]);
    expect(numbers.length).toBeGreaterThan(4);
    expect(group.port.asked.map(({ replica, path }) => `${replica}${path}`)).toEqual(
      numbers.map(() => `controller/1${REPLICA_PATHS.query}`),
    );
  });

  test.each([
    ['is lost when its own controller says so, and with the configuration of that', [1], [8]],
    ['goes on when its own controller says nothing of it', [], []],
  ])('that a neighbour tells that it was declared lost %s', (_, lost, expected) => {
    let isAsked = false;
    const configuration = {
      number: 8,
      shards: [asGroupId(2)],
      groups: new Map([[asGroupId(2), { replicas: ['group-2/1'] }]]),
      joining: new Map(),
    };
    const group = new DrivingGroup({
      script: () =>
        done(CONFIGURATION.encode({ ...configuration, lost: isAsked ? lost.map(asGroupId) : [] })),
      work: () => ({ configuration: 8 }),
    });
    group.run(1000);
    const before = group.port.asked.length;
    isAsked = true;
    group.ask(0, REPLICA_PATHS.shard, SHARD_REQUEST.encode({ type: 'lost', configuration: 1_000_000 }));
    group.run(1000);
    expect(group.port.asked.length, 'it looks without waiting for the next poll').toBeGreaterThan(before);
    expect(group.commands.map(({ command }) => command)).toEqual(
      expected.map((number) => ({ type: 'lost', configuration: number })),
    );
  });

  test('looks at most once a pause at what is to be done, however many shards have gone a step further', () => {
    const pauseMs = 50;
    const left = new Set(Array.from({ length: 40 }, (_, shard) => shard));
    let looks = 0;
    const group = new DrivingGroup({
      settings: { pauseMs },
      script: ({ path }) => (path === REPLICA_PATHS.shard ? shardAnswer({ type: 'released' }) : SILENT),
      work: () => {
        looks += 1;
        const confirmations = Array.from(left, (shard) => ({ ...CONFIRMATION, shard: asShardId(shard) }));
        return { configuration: 7, confirmations };
      },
      apply: (command) => {
        if (command.type === 'confirmed') left.delete(command.shard);
        return undefined;
      },
    });
    group.run(1000);
    expect(left.size).toBe(0);
    expect(group.commands).toHaveLength(40);
    expect(looks).toBeLessThan(10);
  });

  test('fetches a shard that arrives from the group that has it, and says when it has arrived', () => {
    const installed: string[] = [];
    const group = new DrivingGroup({
      script: ({ path }) =>
        path === REPLICA_PATHS.shard ? shardAnswer({ type: 'part', part: ROWS }) : SILENT,
      work: () => ({ shards: installed.length === 0 ? [[FIRST, arriving()]] : [] }),
      apply: (command) => {
        installed.push(command.type);
        return undefined;
      },
    });
    group.until(() => installed.length > 0);
    const [asked] = group.port.asked.filter(({ path }) => path === REPLICA_PATHS.shard);
    expect(asked?.replica).toBe('group-2/1');
    expect(asked && SHARD_REQUEST.decode(asked.body)).toEqual({
      type: 'rows',
      shard: FIRST,
      configuration: 5,
      by: asGroupId(1),
      due: 5,
      since: 0,
      cursor: '',
      bytesMax: SETTINGS.limits.partBytesMax,
    });
    expect(group.commands.map(({ command }) => command)).toEqual([
      { type: 'install', shard: FIRST, configuration: 5, part: ROWS },
    ]);
  });

  test('gives another group its time, and asks again with the next poll', () => {
    const group = new DrivingGroup({
      settings: { pollMs: 500 },
      work: () => ({ shards: [[FIRST, arriving()]] }),
    });
    group.until(() => group.port.asked.filter(({ path }) => path === REPLICA_PATHS.shard).length === 3);
    const asked = group.port.asked.filter(({ path }) => path === REPLICA_PATHS.shard);
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([50, 50, 50]);
    expect(gapsOf(asked)).toEqual([500, 500]);
    expect(group.commands).toEqual([]);
  });

  test('nudges a group that has to come for a shard with each poll: one replica, once', () => {
    const group = new DrivingGroup({
      settings: { pollMs: 500 },
      work: () => ({ shards: [[FIRST, LEAVING]] }),
    });
    group.until(() => group.port.asked.filter(({ path }) => path === REPLICA_PATHS.wake).length === 3);
    const nudges = group.port.asked.filter(({ path }) => path === REPLICA_PATHS.wake);
    expect(nudges).toMatchObject(
      nudges.map(() => ({ replica: 'group-2/1', body: new Uint8Array(0), timeoutMs: SETTINGS.patienceMs })),
    );
    expect(gapsOf(nudges)).toEqual([500, 500]);
  });

  test('is the only one that drives', () => {
    const group = new DrivingGroup({ servers: 3, settings: { pollMs: 500 }, work: () => ({}) });
    const leader = group.leader();
    group.run(3000);
    const driving = group.group.servers.filter((server) => (group.ports[server]?.asked.length ?? 0) > 0);
    expect(driving).toEqual([leader]);
  });

  test('that has stopped asks nobody any more', () => {
    const group = new DrivingGroup({ settings: { pollMs: 500 }, work: () => ({}) });
    group.run(3000);
    group.replica(0).stop();
    group.run(SETTINGS.patienceMs);
    const before = group.port.asked.length;
    group.run(3000);
    expect(group.port.asked).toHaveLength(before);
  });
});

describe('a host that was stopped', () => {
  /** Over a leader whose own host has nothing to do. */
  function hostOver(script: Script, work: () => Partial<Work>) {
    let isOwnHost = true;
    const group = new DrivingGroup({ work: () => (isOwnHost ? {} : work()) });
    group.leader();
    group.run(1000);
    isOwnHost = false;
    const port = new ScriptedPort(script, group.world.scheduler);
    const host = new MigrationHost({
      replica: group.replica(0),
      port,
      controller: new ControllerClient({
        group: new GroupCaller(['controller/1'], port),
        firstGroups: new Map(),
        newClient: () => 'nobody',
      }),
      neighbour: () => new GroupCaller(OTHER.replicas, port),
      settings: { ...SETTINGS, pollMs: 500 },
    });
    return { group, host, port };
  }

  test('proposes nothing of what was under way, though its replica may lead again', () => {
    const { group, host, port } = hostOver(
      ({ path }) => (path === REPLICA_PATHS.shard ? shardAnswer({ type: 'part', part: ROWS }) : NO_LEADER),
      () => ({ shards: [[FIRST, arriving()]], confirmations: [CONFIRMATION] }),
    );
    group.until(() => port.asked.some(({ path }) => path === REPLICA_PATHS.shard));
    host.stop();
    group.run(3000);
    expect(group.replica(0).isLeader).toBe(true);
    expect(group.commands).toEqual([]);
  });

  test('proposes no bulk that waits', () => {
    const { group, host } = hostOver(
      () => SILENT,
      () => ({ shards: SHARDS.map((shard) => [shard, DELETING] as const) }),
    );
    group.until(() => group.commands.length === 1);
    host.stop();
    group.run(5000);
    expect(group.replica(0).isLeader).toBe(true);
    expect(group.commands).toHaveLength(1);
  });

  test('begins nothing any more', () => {
    const { group, host, port } = hostOver(
      () => SILENT,
      () => ({ shards: [[FIRST, LEAVING]] }),
    );
    host.stop();
    group.run(3000);
    expect(port.asked).toEqual([]);
  });
});

function gapsOf(asked: readonly { readonly atMs: number }[]): readonly number[] {
  return asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.atMs ?? 0));
}
