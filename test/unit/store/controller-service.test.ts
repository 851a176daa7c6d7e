import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  type Change,
  type ChangeResult,
  CONFIGURATION_QUERY,
  type ConfigurationQuery,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, CONFIGURATION, type Configuration } from '../../../src/shard/index.ts';
import { openController } from '../../../src/store/index.ts';
import { almost, ServedGroup } from './support/served-group.ts';

const join = (id: number): Change => ({
  type: 'join',
  groups: new Map([[asGroupId(id), { replicas: [`group-${id}/1`] }]]),
});
const command = (client: string, change: Change) =>
  CHANGE_COMMAND.encode({ client, sequence: 1, after: 0, change });
const question = (number?: number) => CONFIGURATION_QUERY.encode({ number });

class ControllerGroup extends ServedGroup<ChangeResult, ConfigurationQuery, Configuration> {
  constructor() {
    super({
      open: (parts) =>
        openController({
          ...parts,
          stateMachine: new ControllerStateMachine({ ...DEFAULT_CONTROLLER_SETTINGS, shardCount: 4 }),
        }),
    });
  }

  change(client: string, change: Change): ChangeResult | string {
    const answer = this.answer(this.leader(), REPLICA_PATHS.command, command(client, change));
    return answer.type === 'done' ? CHANGE_RESULT.decode(answer.result) : answer.type;
  }

  configuration(number?: number): Configuration | string {
    const answer = this.answer(this.leader(), REPLICA_PATHS.query, question(number));
    return answer.type === 'done' ? CONFIGURATION.decode(answer.result) : answer.type;
  }
}

describe('the controller', () => {
  test('changes its configuration once, however often it is asked to', () => {
    const group = new ControllerGroup();
    const configured = { type: 'configured', configuration: { number: 1 } };
    expect(group.change('alice', join(1))).toMatchObject(configured);
    expect(group.change('alice', join(1))).toMatchObject(configured);
    expect(group.change('bob', join(1))).toEqual({ type: 'refused', reason: 'group-exists' });
    expect(group.configuration()).toMatchObject({ number: 1 });
  });

  test('answers the latest configuration, or the one that is asked for', () => {
    const group = new ControllerGroup();
    group.change('alice', join(1));
    group.change('bob', join(2));
    expect(group.configuration()).toMatchObject({ number: 2 });
    expect(group.configuration(1)).toMatchObject({ number: 1 });
    expect(group.configuration(9)).toMatchObject({ number: 2 });
  });

  test('says who leads, where it does not', () => {
    const group = new ControllerGroup();
    const toLeader = { type: 'not-leader', leader: asReplicaId(group.leader() + 1) };
    const follower = group.follower();
    expect(group.answer(follower, REPLICA_PATHS.command, command('alice', join(1)))).toEqual(toLeader);
    expect(group.answer(follower, REPLICA_PATHS.query, question())).toEqual(toLeader);
  });

  test.each([
    [REPLICA_PATHS.command, command('alice', join(1))],
    [REPLICA_PATHS.query, question()],
  ])('elects a leader when it is asked for the first time: %s', (path, body) => {
    const group = new ControllerGroup();
    group.server(1).handle(path, body, () => {});
    group.run(50);
    expect(group.group.leader).toBe(1);
  });

  test.each([
    [REPLICA_PATHS.command, command('alice', join(1)), 'unreadable'],
    [REPLICA_PATHS.query, question(1), undefined],
  ])('takes no bytes by %s that it cannot read', (path, body, refusal) => {
    const group = new ControllerGroup();
    const before = group.logLength(group.leader());
    const expectRefused = (bytes: Uint8Array) => {
      const answer = group.ask(group.leader(), path, bytes);
      expect(answer && REPLICA_ANSWER.decode(answer).type).toBe(refusal);
    };
    for (const bytes of almost(body)) expectRefused(bytes);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), expectRefused));
    expect(group.logLength(group.leader())).toBe(before);
  });

  test.each([REPLICA_PATHS.localQuery, REPLICA_PATHS.shard, REPLICA_PATHS.work, '/elsewhere'])(
    'has nothing to say to %s',
    (path) => {
      expect(new ControllerGroup().ask(0, path, command('alice', join(1)))).toBeUndefined();
    },
  );
});
