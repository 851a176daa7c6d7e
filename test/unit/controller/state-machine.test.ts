import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import {
  CHANGE_COMMAND,
  type Change,
  type ChangeCommand,
  type ChangeResult,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import { InvariantError } from '../../../src/raft/index.ts';
import {
  asGroupId,
  asShardId,
  CONFIGURATION,
  type Configuration,
  initialConfiguration,
} from '../../../src/shard/index.ts';
import type { Table } from '../../../src/storage/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { groupIds, groupsOf } from './configuration-checks.ts';
import { LAB_MACHINE, LAB_SETTINGS, rowsOf } from './controller-clerk.ts';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 3 });

/** Changes of which about half are refused. */
const changes: fc.Arbitrary<Change> = fc.oneof(
  ids.map((list): Change => ({ type: 'join', groups: groupsOf(...list) })),
  ids.map((list): Change => ({ type: 'leave', groups: groupIds(...list) })),
  fc
    .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 6 }))
    .map(([shard, group]): Change => ({ type: 'move', shard: asShardId(shard), group: asGroupId(group) })),
);

/** What a log may hold: the commands of three clients in turn, each sent up to three times at any later moment. */
const deliveries = fc
  .array(fc.record({ change: changes, resendsAfter: fc.array(fc.nat(9), { maxLength: 2 }) }), {
    maxLength: 30,
  })
  .map((drawn) => {
    const commands = drawn.map(
      ({ change }, index): ChangeCommand => ({
        client: `client-${index % 3}`,
        sequence: index,
        after: 0,
        change,
      }),
    );
    const log = drawn.flatMap(({ resendsAfter }, index) =>
      [0, ...resendsAfter.map((steps) => steps + 1)].map((steps) => ({ index, at: index + steps })),
    );
    return { commands, log: log.sort((left, right) => left.at - right.at).map(({ index }) => index) };
  });

function command(sequence: number, change: Change): ChangeCommand {
  return { client: 'client', sequence, after: 0, change };
}

function apply(table: Table, sent: ChangeCommand): ChangeResult {
  return LAB_MACHINE.apply(table, CHANGE_COMMAND.encode(sent));
}

function query(table: Table, number?: number): Configuration {
  return LAB_MACHINE.query(table, { number });
}

const joinOne: Change = { type: 'join', groups: groupsOf(1) };
const joinTwo: Change = { type: 'join', groups: groupsOf(2) };

test('a command sent again changes nothing, and gets its answer again unless its client has gone on', () => {
  fc.assert(
    fc.property(deliveries, ({ commands, log }) => {
      const once = new MemoryTable();
      const answers = commands.map((each) => apply(once, each));
      const often = new MemoryTable();
      const applied = new Set<number>();
      for (const index of log) {
        const delivered = commands[index];
        if (delivered === undefined) throw new Error('the log names a command');
        const rowsBefore = rowsOf(often);
        const outcome = apply(often, delivered);
        const wentOn = [...applied].some((other) => other > index && other % 3 === index % 3);
        if (wentOn) expect(outcome.type).toBe('sequence-stale');
        else expect(outcome).toEqual(answers[index]);
        if (applied.has(index)) expect(rowsOf(often)).toEqual(rowsBefore);
        applied.add(index);
      }
      expect(rowsOf(often)).toEqual(rowsOf(once));
    }),
    { numRuns: 200 },
  );
});

test('history has no gaps, and no configuration is ever rewritten', () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 30 }), (list) => {
      const table = new MemoryTable();
      const made = [CONFIGURATION.encode(initialConfiguration(LAB_SETTINGS.shardCount))];
      list.forEach((change, sequence) => {
        const outcome = apply(table, command(sequence, change));
        if (outcome.type !== 'configured') return;
        const { number } = outcome.configuration;
        expect(number === made.length || number === made.length - 1).toBe(true);
        if (number === made.length) made.push(CONFIGURATION.encode(outcome.configuration));
      });
      const found = made.map((_, number) => CONFIGURATION.encode(query(table, number)));
      expect(found).toEqual(made);
    }),
  );
});

test('the order in which a client lists groups leaves no trace in the rows', () => {
  const permuted = fc
    .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(permuted, ([list, shuffled]) => {
      const rows = [list, shuffled].map((order) => {
        const table = new MemoryTable();
        const join: Change = { type: 'join', groups: groupsOf(...order) };
        apply(table, command(1, join));
        return rowsOf(table);
      });
      expect(rows[0]).toEqual(rows[1]);
    }),
  );
});

describe('a query', () => {
  const table = new MemoryTable();
  apply(table, command(1, joinOne));
  apply(table, command(2, joinTwo));

  test.each([
    [undefined, 2],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [Number.MAX_SAFE_INTEGER, 2],
  ])('for %s finds configuration %d', (number, found) => {
    expect(query(table, number).number).toBe(found);
  });

  test('of a controller that was never told anything finds configuration 0', () => {
    expect(query(new MemoryTable())).toEqual(initialConfiguration(10));
  });
});

test('a refusal is remembered: what was refused stays refused when it is sent again', () => {
  const table = new MemoryTable();
  const leave = command(1, { type: 'leave', groups: groupIds(1) });
  expect(apply(table, leave)).toEqual({ type: 'refused', reason: 'group-unknown' });
  apply(table, { ...command(1, joinOne), client: 'other' });
  expect(apply(table, leave)).toEqual({ type: 'refused', reason: 'group-unknown' });
  expect(query(table).groups.size).toBe(1);
});

test('a sequence number used for another change is not answered with the first answer', () => {
  const table = new MemoryTable();
  apply(table, command(1, joinOne));
  expect(apply(table, command(1, joinTwo))).toEqual({ type: 'sequence-reused' });
  expect(query(table).number).toBe(1);
});

test('a command that its client has given up on does nothing when it arrives late', () => {
  const table = new MemoryTable();
  apply(table, command(2, joinOne));
  expect(apply(table, command(1, joinTwo))).toEqual({ type: 'sequence-stale', last: 2 });
  expect(query(table).number).toBe(1);
});

describe('damaged state stops the machine instead of misleading it:', () => {
  const corrupted = (damage: (key: string, value: Uint8Array) => Uint8Array | undefined) => {
    const table = new MemoryTable();
    apply(table, command(1, joinOne));
    for (const { key, value } of rowsOf(table)) {
      const changed = damage(key, value);
      if (changed === undefined) table.delete(key);
      else table.put(key, changed);
    }
    return table;
  };

  test('a configuration is missing', () => {
    const table = corrupted((key, value) => (key.startsWith('configuration/') ? undefined : value));
    expect(() => query(table)).toThrow(InvariantError);
  });

  test('a configuration stands in the place of another', () => {
    const other = CONFIGURATION.encode({ ...initialConfiguration(10), number: 7 });
    const table = corrupted((key, value) => (key.startsWith('configuration/') ? other : value));
    expect(() => query(table)).toThrow(InvariantError);
  });

  test.each(['configuration/', 'latest-configuration', 'session/'])('%s has an unknown version', (prefix) => {
    const table = corrupted((key, value) =>
      key.startsWith(prefix) ? Uint8Array.of(0x17, ...value.subarray(1)) : value,
    );
    expect(() => apply(table, command(2, joinTwo))).toThrow(FormatError);
  });
});

test('a cluster keeps the number of shards that it was made with, whatever the settings say later', () => {
  const table = new MemoryTable();
  apply(table, command(1, joinOne));
  const other = new ControllerStateMachine({ ...LAB_SETTINGS, shardCount: 64 });
  for (const number of [undefined, 0, 1]) expect(other.query(table, { number }).shards).toHaveLength(10);
  other.apply(table, CHANGE_COMMAND.encode(command(2, joinTwo)));
  expect(query(table)).toMatchObject({ number: 2, shards: { length: 10 } });
});

test.each(['', 'x'.repeat(65)])('client id %j leaves no trace', (client) => {
  const table = new MemoryTable();
  const outcome = apply(table, { client, sequence: 1, after: 0, change: joinOne });
  expect(outcome).toEqual({ type: 'session-malformed' });
  expect(rowsOf(table)).toEqual([]);
});

test('the largest configuration that the limits allow fits into a row', () => {
  const { groupsMax, replicasPerGroupMax, replicaNameCharactersMax } = DEFAULT_CONTROLLER_SETTINGS;
  const replicas = new Array<string>(replicasPerGroupMax).fill('鍵'.repeat(replicaNameCharactersMax));
  const ids = Array.from({ length: groupsMax }, (_, index) => asGroupId(2 ** 40 + index));
  const join: Change = { type: 'join', groups: new Map(ids.map((id) => [id, { replicas }])) };
  const machine = new ControllerStateMachine({ ...DEFAULT_CONTROLLER_SETTINGS, shardCount: groupsMax });
  const outcome = machine.apply(new MemoryTable(), CHANGE_COMMAND.encode(command(1, join)));
  expect(outcome.type).toBe('configured');
});

test('a session costs few bytes, whatever its last answer was', () => {
  const table = new MemoryTable();
  const wide: Change = {
    type: 'join',
    groups: groupsOf(...Array.from({ length: 100 }, (_, index) => index + 1)),
  };
  apply(table, command(1, wide));
  const session = rowsOf(table).find(({ key }) => key.startsWith('session/'));
  expect(session?.value.length).toBeLessThan(32);
  expect(CHANGE_COMMAND.encode(command(1, wide)).length).toBeGreaterThan(1000);
});

test('the key of client ids is the first that was offered, in no configuration, and needs no session', () => {
  const table = new MemoryTable();
  const machine = new ControllerStateMachine(DEFAULT_CONTROLLER_SETTINGS);
  const offer = (client: string, key: Uint8Array) =>
    machine.apply(
      table,
      CHANGE_COMMAND.encode({ client, sequence: 1, after: 0, change: { type: 'keep-key', key } }),
    );
  const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  expect(offer('a', new Uint8Array(5))).toEqual({ type: 'session-malformed' });
  expect(offer('a', first)).toEqual({ type: 'key', key: first });
  expect(offer('b', second)).toEqual({ type: 'key', key: first });
  expect(rowsOf(table)).toHaveLength(1);
  expect(machine.query(table, { number: undefined }).number).toBe(0);
});
