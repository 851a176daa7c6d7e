import { expect, test } from 'vitest';
import { encodeRowChanges } from '../../../src/codec/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  MigrationDriver,
  type MigrationPorts,
  type Origin,
  type ShardAnswer,
  type ShardCommand,
  type ShardPart,
  type ShardRequest,
  type ShardState,
  type Work,
} from '../../../src/shard/index.ts';

const OWN = asGroupId(1);
const OTHER = asGroupId(2);
const THIRD = asGroupId(3);
const NO_ROWS = encodeRowChanges([]);
const LIMITS = {
  partBytesMax: 1000,
  bulkBytesMin: 1,
  arrivalsPerGroupMax: 2,
  servedChangesPartsMax: 3,
  settledEvery: 8,
};

/** Records what is asked; the test answers when it likes. */
class ScriptedPorts implements MigrationPorts {
  readonly configurations: {
    number: number | undefined;
    done: (found: Configuration | undefined) => void;
  }[] = [];
  readonly asked: {
    group: number;
    request: ShardRequest;
    done: (answer: ShardAnswer | undefined) => void;
  }[] = [];
  readonly proposed: { command: ShardCommand; done: (applied: boolean) => void; bulk: boolean }[] = [];
  readonly nudged: number[] = [];
  again = (): void => {
    this.restarts += 1;
  };
  restarts = 0;

  configuration(number: number | undefined, done: (found: Configuration | undefined) => void): void {
    this.configurations.push({ number, done });
  }

  readonly origins: { before: number; done: (origin: Origin | undefined) => void }[] = [];
  readonly told: { number: number; done: (isKnown: boolean) => void }[] = [];

  origin(_shard: unknown, before: number, _lost: unknown, done: (origin: Origin | undefined) => void): void {
    this.origins.push({ before, done });
  }

  settled(_group: unknown, number: number, done: (isKnown: boolean) => void): void {
    this.told.push({ number, done });
  }

  ask(
    to: { readonly group: number },
    request: ShardRequest,
    done: (answer: ShardAnswer | undefined) => void,
  ): void {
    this.asked.push({ group: to.group, request, done });
  }

  propose(command: ShardCommand, done: (applied: boolean) => void): void {
    this.proposed.push({ command, done, bulk: false });
  }

  proposeBulk(command: ShardCommand, done: (applied: boolean) => void): void {
    this.proposed.push({ command, done, bulk: true });
  }

  nudge(group: number): void {
    this.nudged.push(group);
  }
}

function start() {
  const ports = new ScriptedPorts();
  return { ports, driver: new MigrationDriver(ports, LIMITS) };
}

function workOf(...states: readonly ShardState[]): Work {
  return {
    type: 'work',
    group: OWN,
    configuration: 4,
    shardCount: 8,
    shards: states.map((state, shard) => [asShardId(shard), state]),
    confirmations: [],
    lostWith: undefined,
  };
}

function arriving(
  from = OTHER,
  progress: Partial<Extract<ShardState, { type: 'arriving' }>> = {},
): ShardState {
  const neighbour = { group: from, replicas: [] };
  return {
    type: 'arriving',
    configuration: 4,
    sinceMs: 0,
    from: neighbour,
    move: 4,
    since: 0,
    clearing: false,
    cursor: '',
    copied: false,
    changes: 0,
    ...progress,
  };
}

function leaving(): ShardState {
  return {
    type: 'leaving',
    configuration: 4,
    sinceMs: 0,
    to: OTHER,
    due: 4,
    frozen: false,
    returning: false,
    record: 'kept',
    since: 0,
    changes: 0,
    recordBytes: 0,
  };
}

function ownedBy(number: number, ...shards: readonly number[]): Configuration {
  const owners = Array.from({ length: 8 }, (_, shard) => asGroupId(shards[shard] ?? THIRD));
  return { number, shards: owners, groups: new Map(), joining: new Map(), lost: [] };
}

function changes(after: number, through: number, caughtUp: boolean, final = false): ShardPart {
  return { type: 'changes', after, through, rows: NO_ROWS, caughtUp, final };
}

test('a poll looks for the next configuration, and proposes it if it is that', () => {
  const { ports, driver } = start();
  driver.run(workOf(), true);
  expect(ports.configurations.map(({ number }) => number)).toEqual([undefined]);
  ports.configurations[0]?.done(ownedBy(5));
  expect(ports.proposed.map(({ command }) => command.type)).toEqual(['configure']);
});

test('the latest configuration is not the next one: nothing is proposed', () => {
  const { ports, driver } = start();
  driver.run(workOf(), true);
  ports.configurations[0]?.done(ownedBy(4));
  driver.run(workOf(), true);
  ports.configurations[1]?.done(undefined);
  expect(ports.proposed).toEqual([]);
});

test('a group that is behind takes one configuration after the other, without waiting for the next poll', () => {
  const { ports, driver } = start();
  driver.run(workOf(), true);
  ports.configurations[0]?.done(ownedBy(6));
  ports.configurations[1]?.done(ownedBy(5));
  ports.proposed[0]?.done(true);
  expect(ports.restarts).toBe(1);
  driver.run({ ...workOf(), configuration: 5 }, false);
  expect(ports.configurations.map(({ number }) => number)).toEqual([undefined, 5, undefined]);
  ports.configurations[2]?.done(ownedBy(5));
  driver.run({ ...workOf(), configuration: 5 }, false);
  expect(ports.configurations).toHaveLength(3);
});

test('a group that missed what is kept no longer takes the oldest that is', () => {
  const { ports, driver } = start();
  driver.run(workOf(), true);
  ports.configurations[0]?.done(ownedBy(90));
  ports.configurations[1]?.done(ownedBy(60));
  expect(ports.proposed.map(({ command }) => command)).toEqual([
    { type: 'skip', configuration: ownedBy(60) },
  ]);
});

test.each([
  ['an arriving shard goes on to another group', arriving(), OTHER],
  ['a leaving shard comes back', leaving(), OWN],
  ['a shard that is to be deleted comes back', { type: 'deleting' } as const, OWN],
])('a configuration that must wait costs no log entry: %s', (_, state, owner) => {
  const { ports, driver } = start();
  driver.run(workOf(state), true);
  ports.configurations[0]?.done(ownedBy(5, owner));
  expect(ports.proposed.filter(({ command }) => command.type === 'configure')).toEqual([]);
});

test('what is under way is not asked for again', () => {
  const { ports, driver } = start();
  for (let run = 0; run < 3; run += 1) driver.run(workOf(arriving(), { type: 'deleting' }), true);
  expect(ports.asked).toHaveLength(1);
  expect(ports.configurations).toHaveLength(1);
  expect(ports.proposed.map(({ command }) => command.type)).toEqual(['sweep']);
});

test('a group that does not answer holds up only the shards that come from it', () => {
  const { ports, driver } = start();
  const work = workOf(...[OTHER, OTHER, OTHER, THIRD].map((from) => arriving(from)));
  driver.run(work, true);
  expect(ports.asked.map(({ group }) => group)).toEqual([OTHER, OTHER, THIRD]);
});

test('rows are asked for where the last part ended, and installed', () => {
  const { ports, driver } = start();
  driver.run(workOf(arriving(OTHER, { cursor: 'x' })), true);
  const asked = { shard: 0, configuration: 4, by: OWN, due: 4, since: 0, bytesMax: 1000 };
  const request = { type: 'rows', ...asked, cursor: 'x' };
  expect(ports.asked[0]?.request).toEqual(request);
  const part: ShardPart = { type: 'rows', since: 0, cursor: 'x', nextCursor: 'y', rows: NO_ROWS, done: true };
  ports.asked[0]?.done({ type: 'part', part });
  expect(ports.proposed.map(({ command }) => command)).toEqual([
    { type: 'install', shard: 0, configuration: 4, part },
  ]);
  ports.proposed[0]?.done(true);
  expect(ports.restarts).toBe(1);
});

test('a shard is frozen when all its changes have come, and not before', () => {
  const { ports, driver } = start();
  const freezes = () => ports.asked.map(({ request }) => request.type === 'changes' && request.freeze);
  driver.run(workOf(arriving(OTHER, { copied: true })), true);
  ports.asked[0]?.done({ type: 'part', part: changes(0, 5, false) });
  ports.proposed[0]?.done(true);
  driver.run(workOf(arriving(OTHER, { copied: true, changes: 5 })), false);
  ports.asked[1]?.done({ type: 'part', part: changes(5, 7, true) });
  ports.proposed[1]?.done(true);
  driver.run(workOf(arriving(OTHER, { copied: true, changes: 7 })), false);
  expect(freezes()).toEqual([false, false, true]);
});

test('what can wait is told from what a shard waits for', () => {
  const { ports, driver } = start();
  const bulk = () => ports.proposed.map((proposal) => proposal.bulk);
  driver.run(workOf({ type: 'deleting' }), false);
  expect(bulk()).toEqual([true]);
  const rows: ShardPart = { type: 'rows', since: 0, cursor: '', nextCursor: 'y', rows: NO_ROWS, done: true };
  const parts: readonly [ShardPart, boolean][] = [
    [rows, true],
    [{ ...rows, rows: NO_ROWS.subarray(1) }, false],
    // What changes until the shard is frozen is carried over while nobody serves it.
    [changes(0, 5, false), false],
    [changes(5, 7, true), false],
    // Frozen, and too much for one part.
    [changes(7, 8, false), false],
    [changes(8, 9, true, true), false],
  ];
  for (const [at, [part, isBulk]] of parts.entries()) {
    const after = part.type === 'changes' ? part.after : 0;
    driver.run(workOf(arriving(OTHER, { copied: part.type === 'changes', changes: after })), false);
    ports.asked[at]?.done({ type: 'part', part });
    expect(bulk().at(-1)).toBe(isBulk);
    ports.proposed.at(-1)?.done(true);
  }
});

test('a shard that changes faster than it is copied is frozen after some parts', () => {
  const { ports, driver } = start();
  for (let part = 0; part <= LIMITS.servedChangesPartsMax; part += 1) {
    driver.run(workOf(arriving(OTHER, { copied: true, changes: part })), false);
    ports.asked[part]?.done({ type: 'part', part: changes(part, part + 1, false) });
    ports.proposed[part]?.done(true);
  }
  const freezes = ports.asked.map(({ request }) => request.type === 'changes' && request.freeze);
  expect(freezes).toEqual([false, false, false, true]);
});

test('a part without changes costs no log entry: the shard is frozen at once', () => {
  const { ports, driver } = start();
  driver.run(workOf(arriving(OTHER, { copied: true })), true);
  ports.asked[0]?.done({ type: 'part', part: changes(0, 0, true) });
  expect(ports.proposed).toEqual([]);
  expect(ports.restarts).toBe(1);
  driver.run(workOf(arriving(OTHER, { copied: true })), false);
  expect(ports.asked[1]?.request).toMatchObject({ freeze: true });
});

test('a replica that is behind has no news: it is asked again at the next poll, not at once', () => {
  const { ports, driver } = start();
  driver.run(workOf(arriving(OTHER, { copied: true, changes: 9 })), true);
  ports.asked[0]?.done({ type: 'part', part: changes(9, 9, false) });
  expect(ports.proposed).toEqual([]);
  expect(ports.restarts).toBe(0);
});

test.each([
  ['no answer', undefined],
  ['not now', { type: 'not-now' } as const],
])('%s: tried again at the next poll', (_, answer) => {
  const { ports, driver } = start();
  driver.run(workOf(arriving()), true);
  ports.asked[0]?.done(answer);
  expect(ports.restarts).toBe(0);
  driver.run(workOf(arriving()), true);
  expect(ports.asked).toHaveLength(2);
});

test('an earlier owner is told until it has heard, and only then forgotten', () => {
  const { ports, driver } = start();
  const to = { group: OTHER, replicas: [] };
  const work = { ...workOf(), confirmations: [{ shard: asShardId(7), configuration: 3, to }] };
  driver.run(work, true);
  ports.asked[0]?.done({ type: 'not-now' });
  expect(ports.proposed).toEqual([]);
  driver.run(work, true);
  expect(ports.asked[1]?.request).toEqual({ type: 'release', shard: 7, configuration: 3 });
  ports.asked[1]?.done({ type: 'released' });
  expect(ports.proposed[0]?.command).toEqual({ type: 'confirmed', shard: 7, configuration: 3 });
});

test('each group that a shard waits for is nudged once a poll', () => {
  const { ports, driver } = start();
  driver.run(workOf(leaving(), leaving()), true);
  expect(ports.nudged).toEqual([OTHER]);
  driver.run(workOf(leaving(), leaving()), false);
  expect(ports.nudged).toEqual([OTHER]);
});

test('a controller that does not say that it has heard is told more and more rarely', () => {
  const { ports, driver } = start();
  const work = { ...workOf(), configuration: 8 };
  const toldIn = (polls: number): number => {
    const before = ports.told.length;
    for (let poll = 0; poll < polls; poll += 1) {
      const known = ports.told.length;
      driver.run(work, true);
      for (const { done } of ports.told.slice(known)) done(false);
    }
    return ports.told.length - before;
  };
  expect(toldIn(16)).toBe(4);
  expect(toldIn(640)).toBeLessThan(14);
});
