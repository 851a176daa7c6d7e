/** What the controller keeps is bounded, and what the bounds do. */
import { describe, expect, test } from 'vitest';
import {
  CHANGE_COMMAND,
  type Change,
  type ChangeResult,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import { asGroupId, asShardId } from '../../../src/shard/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { groupIds, groupsOf } from './configuration-checks.ts';
import { rowsOf } from './controller-clerk.ts';

const SETTINGS = {
  ...DEFAULT_CONTROLLER_SETTINGS,
  shardCount: 8,
  historyMax: 4,
  sessionsMax: 3,
  joiningMax: 2,
};

class Controller {
  readonly table = new MemoryTable();
  readonly #machine = new ControllerStateMachine(SETTINGS);
  #clients = 0;
  #after = 0;

  /** By a client of its own, as the deployed one. */
  change(change: Change): ChangeResult {
    this.#clients += 1;
    const result = this.send(`client-${this.#clients}`, change, this.#after);
    if (result.type !== 'session-expired') return result;
    this.#after = result.latest;
    return this.change(change);
  }

  send(client: string, change: Change, after: number, sequence = 1): ChangeResult {
    return this.#machine.apply(this.table, CHANGE_COMMAND.encode({ client, sequence, after, change }));
  }

  query(number?: number) {
    return this.#machine.query(this.table, { number });
  }

  settle(group: number, number: number): ChangeResult {
    return this.change({ type: 'settled', group: asGroupId(group), number });
  }

  rows(prefix: string): number {
    return rowsOf(this.table).filter(({ key }) => key.startsWith(prefix)).length;
  }
}

const join = (...ids: number[]): Change => ({ type: 'join', groups: groupsOf(...ids) });
const lost = (group: number): Change => ({ type: 'declare-lost', group: asGroupId(group) });
const move = (shard: number, group: number): Change => ({
  type: 'move',
  shard: asShardId(shard),
  group: asGroupId(group),
});

describe('sessions', () => {
  test('are as many as may be, whatever number of clients there was', () => {
    const controller = new Controller();
    for (let each = 0; each < 50; each += 1) controller.change(move(0, 9));
    expect(controller.rows('session/')).toBe(3);
    expect(controller.rows('place/')).toBe(3);
  });

  test('are not taken by groups that say how far they have come', () => {
    const controller = new Controller();
    controller.change(join(1));
    for (let each = 0; each < 9; each += 1) controller.settle(1, 1);
    expect(controller.rows('session/')).toBe(1);
  });

  test('that were forgotten do not let a late resend be executed again', () => {
    const controller = new Controller();
    expect(controller.send('early', join(1), 0)).toMatchObject({ type: 'configured' });
    for (const group of [2, 3, 4, 5]) controller.change(join(group));
    controller.change({ type: 'leave', groups: groupIds(1) });
    const before = rowsOf(controller.table);
    expect(controller.send('early', join(1), 0)).toMatchObject({ type: 'session-expired' });
    expect(rowsOf(controller.table)).toEqual(before);
  });

  test('of a client that is still about are not those that go', () => {
    const controller = new Controller();
    controller.send('regular', join(1), 0, 1);
    for (let each = 2; each < 9; each += 1) {
      controller.change(move(0, 9));
      expect(controller.send('regular', move(0, 9), 0, each)).toMatchObject({ type: 'refused' });
    }
  });

  test('a new client that names no later request than it knows of is told so, and nothing is executed', () => {
    const controller = new Controller();
    for (let each = 0; each < 9; each += 1) controller.change(move(0, 9));
    const result = controller.send('new', join(1), 0);
    expect(result).toMatchObject({ type: 'session-expired' });
    expect(controller.query().number).toBe(0);
    const { latest } = result as Extract<ChangeResult, { type: 'session-expired' }>;
    expect(controller.send('newer', join(1), latest)).toMatchObject({ type: 'configured' });
  });
});

describe('configurations', () => {
  test('that a group may need are kept, and the change that would take one away waits', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    for (const owner of [2, 1]) controller.change(move(0, owner));
    expect(controller.query(0).number).toBe(0);
    expect(controller.change(move(0, 2))).toEqual({ type: 'refused', reason: 'history-full' });
    controller.settle(1, 3);
    expect(controller.change(move(0, 2))).toEqual({ type: 'refused', reason: 'history-full' });
    controller.settle(2, 2);
    expect(controller.change(move(0, 2))).toMatchObject({ type: 'configured' });
  });

  test('are as many as may be, and the oldest that is kept stands for those before it', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    for (let number = 1; number < 40; number += 1) {
      for (const group of [1, 2]) controller.settle(group, number);
      expect(controller.change(move(0, 1 + (number % 2)))).toMatchObject({ type: 'configured' });
      expect(controller.rows('configuration/')).toBeLessThanOrEqual(SETTINGS.historyMax);
    }
    expect(controller.query(1).number).toBe(37);
    expect(controller.query(38).number).toBe(38);
    expect(controller.query().number).toBe(40);
  });

  test('of a group that has left are kept until it has finished with that, or is lost', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    controller.change({ type: 'leave', groups: groupIds(2) });
    controller.settle(1, 2);
    controller.change(join(3));
    controller.change(move(0, 3));
    controller.settle(1, 4);
    controller.settle(3, 4);
    expect(controller.change(move(1, 3))).toEqual({ type: 'refused', reason: 'history-full' });
    expect(controller.change(lost(2))).toMatchObject({ type: 'configured', configuration: { lost: [2] } });
    expect(controller.change(move(1, 3))).toMatchObject({ type: 'configured' });
  });
});

describe('a group that is declared lost', () => {
  test('is in no configuration any more, and its shards are shared out', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    const { shards, groups, lost: gone } = configured(controller.change(lost(1)));
    expect(new Set(shards)).toEqual(new Set([2]));
    expect([...groups.keys()]).toEqual([2]);
    expect(gone).toEqual([1]);
    expect(controller.change(join(1))).toEqual({ type: 'refused', reason: 'group-lost' });
  });

  test('is lost once: to say so again changes nothing', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    controller.change(lost(1));
    expect(configured(controller.change(lost(1))).number).toBe(2);
  });

  test('that is the only one makes room for those who wait until it has settled', () => {
    const controller = new Controller();
    controller.change(join(1));
    controller.change(join(2, 3, 4));
    controller.change({ type: 'leave', groups: groupIds(2, 3) });
    expect(controller.query()).toMatchObject({ groups: groupsOf(1), joining: groupsOf(4) });
    const { groups, joining, shards } = configured(controller.change(lost(1)));
    expect([groups, joining.size]).toEqual([groupsOf(4), 0]);
    expect(new Set(shards)).toEqual(new Set(groupIds(4)));
  });

  test.each([
    ['that has never joined', 7, 'group-unknown'],
    ['that is the last', 1, 'last-group'],
  ] as const)('%s is refused', (_, group, reason) => {
    const controller = new Controller();
    controller.change(join(1));
    expect(controller.change(lost(group))).toEqual({ type: 'refused', reason });
  });

  test('takes its place in the history even when that is full', () => {
    const controller = new Controller();
    controller.change(join(1, 2));
    for (const owner of [2, 1, 2]) controller.change(move(0, owner));
    expect(controller.change(lost(1))).toMatchObject({ type: 'configured' });
  });
});

describe('groups', () => {
  test('are at most as many as shards, those that wait included', () => {
    const controller = new Controller();
    const nine = join(...Array.from({ length: 9 }, (_, at) => at + 1));
    expect(controller.change(nine)).toEqual({ type: 'refused', reason: 'too-many-groups' });
    expect(controller.change(join(1, 2, 3, 4, 5, 6, 7, 8))).toMatchObject({ type: 'configured' });
    expect(controller.change(join(9))).toEqual({ type: 'refused', reason: 'too-many-groups' });
  });

  test('of one join are taken up a few at a time, each few when those before have their shards', () => {
    const controller = new Controller();
    controller.change(join(1, 2, 3, 4, 5));
    const members = () => [...controller.query().groups.keys()];
    expect(members()).toEqual([1, 2]);
    expect([...controller.query().joining.keys()]).toEqual([3, 4, 5]);
    controller.settle(1, 1);
    expect(members()).toEqual([1, 2]);
    controller.settle(2, 1);
    expect(members()).toEqual([1, 2, 3, 4]);
    for (const group of [1, 2, 3, 4]) controller.settle(group, 2);
    expect(members()).toEqual([1, 2, 3, 4, 5]);
    expect(controller.query()).toMatchObject({ number: 3, joining: new Map() });
  });

  test('that wait may leave again, or be declared lost', () => {
    const controller = new Controller();
    controller.change(join(1, 2, 3, 4));
    controller.change({ type: 'leave', groups: groupIds(3) });
    controller.change(lost(4));
    expect(controller.query()).toMatchObject({ joining: new Map(), lost: [4] });
  });
});

function configured(result: ChangeResult) {
  if (result.type !== 'configured') throw new Error(`answered with ${result.type}`);
  return result.configuration;
}
