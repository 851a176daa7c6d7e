/** Replicas of two versions in one group: what only the new one can read is proposed when all of them can. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANGE_COMMAND,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import { DEFAULT_KV_SETTINGS, SESSION_COMMAND } from '../../../src/kv/index.ts';
import type { Replica, ReplicaAnswer, StateMachine } from '../../../src/replica/index.ts';
import {
  SHARD_COMMAND,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  WholeStore,
} from '../../../src/shard/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { arbitraryOf } from '../codec/support/arbitrary-of.ts';
import { ServedGroup } from './support/served-group.ts';
import { shardOf } from './support/sharded-group.ts';

type Machine = StateMachine<StoreResult, StoreQuery, StoreAnswer>;

const NEW_COMMAND = Uint8Array.of(0x77, 1);
const OLD: Machine = new WholeStore(shardOf, DEFAULT_KV_SETTINGS);
/** The next version knows one command more. */
const NEXT: Machine = {
  reads: (OLD.reads ?? 0) + 1,
  levelOf: (command) => (command[0] === NEW_COMMAND[0] ? (OLD.reads ?? 0) + 1 : OLD.levelOf?.(command)),
  apply(table, command, timeMs) {
    if (command[0] !== NEW_COMMAND[0]) return OLD.apply(table, command, timeMs);
    table.put('new', command);
    return { type: 'done' };
  },
  query: (table, query, nowMs) => OLD.query(table, query, nowMs),
};

class MixedGroup extends ServedGroup<StoreResult, StoreQuery, StoreAnswer> {
  readonly #machines: Machine[];

  constructor(...machines: readonly Machine[]) {
    const running = [...machines];
    super({
      open: (parts) =>
        openStore({
          ...parts,
          stateMachine: running[parts.options.raft.id - 1] ?? OLD,
          shardOf,
          shardCount: undefined,
          migration: undefined,
        }),
    });
    this.#machines = running;
  }

  /** The server begins anew with this version. */
  replace(server: number, machine: Machine): void {
    this.#machines[server] = machine;
    this.group.start(server);
    this.run(2000);
  }

  /** At the leader. */
  propose(command: Uint8Array): ReplicaAnswer<StoreResult> | undefined {
    const answers: ReplicaAnswer<StoreResult>[] = [];
    this.replica(this.leader()).propose(command, (answer) => answers.push(answer));
    this.until(() => answers.length > 0);
    this.run(500);
    return answers[0];
  }

  /** Makes this server the leader. */
  lead(server: number): void {
    this.replica(this.leader()).transferLeadership(this.idOf(server));
    this.until(() => this.leader() === server);
    this.run(500);
  }

  idOf(server: number): Replica<never, never, never>['id'] {
    return this.replica(server).id;
  }

  get states(): readonly string[] {
    return this.group.servers.map((server) => JSON.stringify(this.group.rows(server)));
  }
}

function oldCommand(sequence: number): Uint8Array {
  const session = { client: `${(0).toString(36)}-client`, sequence };
  return SESSION_COMMAND.encode({ session, command: { type: 'delete', key: 'key' } });
}

describe('a command that only the next version can read', () => {
  test('is refused while one replica has not announced it, and taken when that one is replaced', () => {
    const group = new MixedGroup(NEXT, NEXT, OLD);
    group.lead(0);
    const refusal = { type: 'unreadable', replica: group.idOf(2) };
    const before = group.logLength(0);
    expect(group.propose(NEW_COMMAND)).toEqual(refusal);
    expect(group.logLength(0)).toBe(before);
    expect(group.propose(oldCommand(1))).toMatchObject({ type: 'done' });
    group.replace(2, NEXT);
    expect(group.propose(NEW_COMMAND)).toMatchObject({ type: 'done', result: { type: 'done' } });
    expect(new Set(group.states).size).toBe(1);
    expect(group.states[0]).toContain('"new"');
  });

  test('is refused by a leader of the old version, which goes on', () => {
    const group = new MixedGroup(OLD, NEXT, NEXT);
    group.lead(0);
    expect(group.propose(NEW_COMMAND)).toEqual({ type: 'unreadable', replica: group.idOf(0) });
    expect(group.propose(oldCommand(1))).toMatchObject({ type: 'done' });
  });

  test('is refused by a new leader until all have announced it to that one: what others knew does not count', () => {
    const group = new MixedGroup(NEXT, NEXT, NEXT);
    group.lead(0);
    group.run(1000);
    expect(group.propose(NEW_COMMAND)).toMatchObject({ type: 'done' });
    group.group.crash(2);
    group.replica(0).transferLeadership(group.idOf(1));
    group.until(() => group.replica(1).isLeader);
    group.run(1000);
    const answers: ReplicaAnswer<StoreResult>[] = [];
    group.replica(1).propose(NEW_COMMAND, (answer) => answers.push(answer));
    group.replica(1).propose(oldCommand(1), (answer) => answers.push(answer));
    group.run(1000);
    expect(answers).toMatchObject([{ type: 'unreadable', replica: 3 }, { type: 'done' }]);
  });

  test('is refused again when a replica has gone back to the old version', () => {
    const group = new MixedGroup(NEXT, NEXT, NEXT);
    group.lead(0);
    expect(group.propose(NEW_COMMAND)).toMatchObject({ type: 'done' });
    group.replace(1, OLD);
    group.lead(0);
    expect(group.propose(NEW_COMMAND)).toEqual({ type: 'unreadable', replica: group.idOf(1) });
  });
});

test('a command that no version knows is refused, at any leader, and proposes nothing', () => {
  const group = new MixedGroup(NEXT, NEXT, NEXT);
  const leader = group.leader();
  const before = group.logLength(leader);
  const known = new Set([
    NEW_COMMAND[0],
    oldCommand(1)[0],
    SHARD_COMMAND.encode({ type: 'sweep', shard: shardOf('') })[0],
  ]);
  for (let format = 0; format < 256; format += 1) {
    if (known.has(format)) continue;
    expect(group.propose(Uint8Array.of(format, 0x80))).toEqual({
      type: 'unreadable',
      replica: group.idOf(leader),
    });
  }
  expect(group.propose(new Uint8Array(0))).toMatchObject({ type: 'unreadable' });
  expect(group.logLength(leader)).toBe(before);
});

test('every command that this version can encode has a level that it reads', () => {
  const controller: StateMachine<unknown, never, unknown> = new ControllerStateMachine(
    DEFAULT_CONTROLLER_SETTINGS,
  );
  const machines = [
    [OLD, arbitraryOf(SESSION_COMMAND.shape).map((value) => SESSION_COMMAND.encode(value))],
    [OLD, arbitraryOf(SHARD_COMMAND.shape).map((value) => SHARD_COMMAND.encode(value))],
    [controller, arbitraryOf(CHANGE_COMMAND.shape).map((value) => CHANGE_COMMAND.encode(value))],
  ] as const;
  for (const [machine, commands] of machines) {
    fc.assert(
      fc.property(commands, (command) => {
        expect(machine.levelOf?.(command)).toBeLessThanOrEqual(machine.reads ?? 0);
      }),
    );
  }
});
