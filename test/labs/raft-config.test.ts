import { describe, expect, test } from 'vitest';
import { asIndex, asTerm } from '../../src/raft/index.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { AppliedLogs, encodeCommand } from './applied-logs.ts';
import { raftTest } from './lab3/raft-test.ts';
import { freshPersister } from './persister.ts';
import { type Process, runToEnd } from './process.ts';
import { ELECTION_TIMEOUT_MS, RaftConfig } from './raft-config.ts';
import { runLabTest } from './run.ts';
import { type Damage, SimulatedRaftServers } from './simulated-raft-servers.ts';

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);
const HOUR_MS = 3_600_000;

function run(seed: number, body: (config: RaftConfig) => Process, damage?: Damage): void {
  const options = { servers: 3, isReliable: true, snapshots: false, seed };
  const scheduler = new Scheduler();
  const config = new RaftConfig(options, scheduler, new SimulatedRaftServers(scheduler, damage));
  expect(runToEnd(scheduler, config.startAll(), HOUR_MS)).toBeDefined();
  expect(runToEnd(scheduler, body(config), HOUR_MS)).toBeDefined();
}

/** What the seeds failed with; undefined where nothing failed. */
function failuresOf(body: (config: RaftConfig) => Process, damage?: Damage): string[] {
  return SEEDS.map((seed) => {
    try {
      run(seed, body, damage);
      return 'none';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
}

const command = (index: number, value: number) =>
  ({ type: 'command', index: asIndex(index), payload: encodeCommand(value) }) as const;

describe('the harness finds', () => {
  test('two commands at one index', () => {
    const logs = new AppliedLogs(2, false);
    logs.apply(0, command(1, 7));
    expect(() => logs.apply(1, command(1, 8))).toThrow('A1');
  });

  test('commands out of order, and commands that come twice', () => {
    const logs = new AppliedLogs(1, false);
    logs.apply(0, command(1, 7));
    expect(() => logs.apply(0, command(3, 9))).toThrow('A2');
    expect(() => logs.apply(0, command(1, 7))).toThrow('A2');
  });

  test('a snapshot that moves a server backwards', () => {
    const logs = new AppliedLogs(1, true);
    const snapshots = [];
    for (let index = 1; index <= 19; index += 1) snapshots.push(logs.apply(0, command(index, index)));
    const [first] = snapshots.filter((snapshot) => snapshot !== undefined);
    const message = { type: 'snapshot', index: asIndex(9), data: first ?? new Uint8Array() } as const;
    expect(() => logs.apply(0, message)).toThrow('A3');
  });

  test('disks that forget what was committed', () => {
    const failures = failuresOf(
      function* (config) {
        yield* config.one(1, 3, true);
        for (const server of config.servers) yield* config.start(server);
        config.connect(...config.servers);
        yield* config.one(2, 3, true);
      },
      ({ membership, hardState }) => ({ ...freshPersister(membership), hardState }),
    );
    expect(failures.filter((failure) => failure.includes('A1'))).toHaveLength(SEEDS.length);
  });

  test('disks that forget votes and terms, so that a term gets a second leader', () => {
    const failures = failuresOf(
      function* (config) {
        for (let round = 0; round < 20; round += 1) {
          yield* config.checkOneLeader();
          for (const server of config.servers) yield* config.start(server);
          config.connect(...config.servers);
        }
      },
      (disk) => ({ ...disk, hardState: { term: asTerm(0), votedFor: undefined } }),
    );
    expect(failures.filter((failure) => failure.includes('two leaders'))).toHaveLength(SEEDS.length);
  });

  test('that nobody leads without a majority', () => {
    const failures = failuresOf(function* (config) {
      config.disconnect(0, 1);
      yield* config.checkOneLeader();
    });
    expect(new Set(failures)).toEqual(new Set(['expected one leader, got none']));
  });

  test('that a command cannot be agreed on by more servers than are connected', () => {
    const failures = failuresOf(function* (config) {
      config.disconnect((yield* config.checkOneLeader()) + 1);
      yield* config.one(1, 3, true);
    });
    expect(new Set(failures)).toEqual(new Set(['one(1) failed to reach agreement']));
  });

  test('a figure beyond its bound, and says in which seed', async () => {
    const labTest = raftTest({ lab: '3A', name: 'planted', servers: 3 }, function* (config) {
      yield* config.sleep(ELECTION_TIMEOUT_MS);
      return [{ name: 'planted', measured: 2, atMost: 1 }];
    });
    const { figures, failures } = await runLabTest(labTest, 'simulator', [5]);
    expect(failures).toEqual([{ seed: 5, message: 'planted 2 (<= 1)' }]);
    expect(figures[0]).toEqual({ name: 'planted', measured: 2, atMost: 1 });
  });

  test('a test that does not end', async () => {
    const labTest = raftTest({ lab: '3A', name: 'planted', servers: 1 }, function* () {
      yield () => undefined;
      return [];
    });
    const { failures } = await runLabTest(labTest, 'simulator', [1]);
    expect(failures).toEqual([{ seed: 1, message: 'the test has not ended after 600 s' }]);
  });
});

test('wait gives up when a server moves on to another term', () => {
  for (const seed of SEEDS) {
    run(seed, function* (config) {
      const leader = yield* config.checkOneLeader();
      const startTerm = (yield* config.submit(leader, 1))?.term;
      config.disconnect(leader);
      yield* config.checkOneLeader();
      expect(yield* config.wait(2, 3, startTerm)).toBeUndefined();
    });
  }
});
