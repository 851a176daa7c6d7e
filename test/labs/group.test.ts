/** The rig of labs 2 and 4: it must catch a store that breaks the rules, and measure what it says. */

import { describe, expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS, QUERY } from '../../src/kv/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS, type StateMachine } from '../../src/replica/index.ts';
import {
  STORE_REPLY,
  type StoreAnswer,
  type StoreQuery,
  type StoreReply,
  type StoreResult,
  WholeStore,
} from '../../src/shard/index.ts';
import { openStore } from '../../src/store/index.ts';
import { forgetfulTable } from '../unit/kv/support/forgetful-table.ts';
import { isSessionRow } from '../unit/kv/support/store.ts';
import { LabClerks, onlyShardOf, wholeService } from './clerk.ts';
import { Group, type GroupOptions, limitsFor } from './group.ts';
import { openWholeStore } from './kv-config.ts';
import { checkAppends, token } from './kv-workload.ts';
import { createLabWorld } from './lab-world.ts';
import { joinAll, type Process, runToEnd, sleep, spawn } from './process.ts';

type KvOptions = GroupOptions<StoreResult, StoreQuery, StoreAnswer>;

const CLIENTS = 5;
const APPENDS = 10;
const HANG_MS = 600_000;
const SEEDS = [1, 2, 3, 4, 5];

function setUp(seed: number, isReliable: boolean, options: Partial<KvOptions> = {}) {
  const world = createLabWorld(seed, isReliable);
  const group = new Group(world, {
    name: 'kv',
    servers: 3,
    limits: limitsFor(-1),
    open: openWholeStore,
    ...options,
  });
  const clerks = new LabClerks(world, wholeService(group.servers.map((server) => group.nameOf(server))));
  const run = (process: Process) => {
    if (runToEnd(world.scheduler, process, HANG_MS) === undefined) throw new Error('it hangs');
  };
  return { world, group, clerks, run };
}

/** TestUnreliableOneKey4A, on whatever store. */
function oneKey(seed: number, options: Partial<KvOptions> = {}): void {
  const { clerks, run } = setUp(seed, false, options);
  function* appendAll(client: number): Process {
    const clerk = clerks.make();
    for (let count = 0; count < APPENDS; count += 1) yield* clerk.append('k', token(client, count));
  }
  run(
    (function* () {
      yield* joinAll(Array.from({ length: CLIENTS }, (_, client) => spawn(appendAll(client))));
      checkAppends(yield* clerks.make().get('k'), CLIENTS, APPENDS);
    })(),
  );
  clerks.checkLinearizable();
}

/** One clerk writes and two read, while the group falls apart every second. */
function partitioned(seed: number, options: Partial<KvOptions> = {}): void {
  const { world, group, clerks, run } = setUp(seed, true, options);
  const clock = { isOver: false };
  function* work(client: number): Process {
    const clerk = clerks.make();
    for (let count = 0; !clock.isOver; count += 1) {
      if (client === 0) yield* clerk.put('k', token(client, count));
      else yield* clerk.get('k');
      yield* sleep(world.scheduler, 20);
    }
  }
  run(
    (function* () {
      const threads = [0, 1, 2].map((client) => spawn(work(client)));
      for (let round = 0; round < 8; round += 1) {
        const alone = world.random.below(3);
        group.partition(
          [alone],
          group.servers.filter((server) => server !== alone),
        );
        yield* sleep(world.scheduler, 1000);
      }
      group.heal();
      clock.isOver = true;
      yield* joinAll(threads);
    })(),
  );
  clerks.checkLinearizable();
}

function isCaught(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

describe('the rig catches a store', () => {
  const forgetful: Partial<KvOptions> = {
    open: (parts) => {
      const store = new WholeStore(onlyShardOf, DEFAULT_KV_SETTINGS);
      const stateMachine: StateMachine<StoreResult, StoreQuery, StoreAnswer> = {
        apply: (table, command, timeMs) => store.apply(forgetfulTable(table, isSessionRow), command, timeMs),
        query: (table, query) => store.query(table, query),
      };
      return openStore({
        ...parts,
        stateMachine,
        shardOf: onlyShardOf,
        shardCount: undefined,
        migration: undefined,
      });
    },
  };

  const answeringAlone: Partial<KvOptions> = {
    open: (parts) => {
      const { replica, server } = openWholeStore(parts);
      return {
        replica,
        server: {
          handle(path, body, respond) {
            if (path !== REPLICA_PATHS.query) return server.handle(path, body, respond);
            const answer = replica.queryLocal(QUERY.decode(body));
            const isAnswered = answer.type === 'done' && replica.leader !== undefined;
            respond(
              REPLICA_ANSWER.encode(
                isAnswered
                  ? { ...answer, result: STORE_REPLY.encode(answer.result as StoreReply) }
                  : { type: 'not-leader', leader: undefined },
              ),
            );
          },
        },
      };
    },
  };

  test('that forgets sessions', () => {
    for (const seed of SEEDS) oneKey(seed);
    expect(SEEDS.every((seed) => isCaught(() => oneKey(seed, forgetful)))).toBe(true);
  });

  test('that answers reads without asking the others', () => {
    for (const seed of SEEDS) partitioned(seed);
    expect(SEEDS.some((seed) => isCaught(() => partitioned(seed, answeringAlone)))).toBe(true);
  });
});

describe('the sizes', () => {
  function putMany(maxRaftState: number) {
    const { group, clerks, run } = setUp(1, true, { limits: limitsFor(maxRaftState) });
    run(
      (function* () {
        const clerk = clerks.make();
        for (let count = 0; count < 200; count += 1) yield* clerk.put('k', 'x'.repeat(100));
      })(),
    );
    return group;
  }

  test('of a log that is never compacted grow with it', () => {
    const group = putMany(-1);
    expect(group.raftStateSizePeak()).toBeGreaterThan(200 * 100);
    expect(group.compactions()).toBe(0);
  });

  test('of a log that is compacted do not, and its largest was before it shrank', () => {
    const group = putMany(1000);
    expect(group.raftStateSizePeak()).toBeGreaterThan(1000);
    expect(group.raftStateSizePeak()).toBeLessThan(8000);
    expect(group.raftStateSizeMax()).toBeLessThanOrEqual(group.raftStateSizePeak());
    expect(group.compactions()).toBeGreaterThan(0);
  });

  test('of the state are those of its rows', () => {
    const group = putMany(-1);
    const rows = group.rows(0).reduce((sum, { key, value }) => sum + key.length + value.byteLength, 0);
    expect(group.stateSizeMax()).toBeGreaterThan(rows);
    expect(group.stateSizeMax()).toBeLessThan(rows + 50);
  });
});

describe('a group', () => {
  test('keeps what was acknowledged when all its servers crash at once', () => {
    const { group, clerks, run } = setUp(1, false);
    run(
      (function* () {
        const clerk = clerks.make();
        for (let round = 0; round < 20; round += 1) {
          yield* clerk.append('k', token(0, round));
          group.crashAll();
          group.startAll();
        }
        checkAppends(yield* clerk.get('k'), 1, 20);
      })(),
    );
    clerks.checkLinearizable();
  });

  test('does nothing in a minority, and heals', () => {
    const { world, group, clerks, run } = setUp(1, true);
    run(
      (function* () {
        const clerk = clerks.make();
        yield* clerk.put('k', '1');
        group.partition([0], [1], [2]);
        const put = spawn(clerk.put('k', '2'));
        yield* sleep(world.scheduler, 10_000);
        expect(put.state.type).toBe('running');
        expect(group.leader).toBeUndefined();
        group.heal();
        yield* joinAll([put]);
      })(),
    );
  });
});
