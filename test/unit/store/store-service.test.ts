import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QUERY } from '../../../src/kv/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import {
  LOCAL_QUERY,
  SHARD_COMMAND,
  SHARD_REQUEST,
  type ShardCommand,
  STORE_REPLY,
} from '../../../src/shard/index.ts';
import { almost } from './support/served-group.ts';
import {
  ALL_HERE,
  configuration,
  configure,
  FREEZE,
  groupWith,
  KEY,
  LAST_CHANGES,
  LEAVES,
  MOVE,
  OTHER_KEY,
  REFUSED,
  RELEASE,
  SHARD,
  ShardedGroup,
} from './support/sharded-group.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('a client', () => {
  test('has a command executed once, however often it is sent', () => {
    const group = groupWith(ALL_HERE);
    const session = group.session();
    const first = group.append(group.leader(), KEY, session);
    expect(first).toMatchObject({ type: 'done', result: { type: 'appended', version: 1 } });
    expect(group.append(group.leader(), KEY, session)).toMatchObject({
      type: 'done',
      result: { type: 'appended', version: 1, previous: { type: 'absent' } },
    });
    expect(group.get(group.leader(), KEY)).toMatchObject({
      type: 'done',
      result: { type: 'found', version: 1, value: text('value,') },
    });
  });

  test('reads a page of a shard', () => {
    const group = groupWith(ALL_HERE);
    group.append(group.leader(), KEY);
    const query = { type: 'scan', shard: SHARD, prefix: '', after: '', rowsMax: 10 } as const;
    const answer = group.answer(group.leader(), REPLICA_PATHS.query, QUERY.encode(query));
    expect(answer.type === 'done' && STORE_REPLY.decode(answer.result)).toEqual({
      type: 'scanned',
      rows: [{ key: KEY, value: text('value,') }],
      done: false,
      revision: 1,
    });
  });

  test('hears who leads from a replica that does not', () => {
    const group = groupWith(ALL_HERE);
    const toLeader = { type: 'not-leader', leader: asReplicaId(group.leader() + 1) };
    const length = group.logLength(group.leader());
    expect(group.append(group.follower(), KEY)).toEqual(toLeader);
    expect(group.get(group.follower(), KEY)).toEqual(toLeader);
    expect(group.logLength(group.leader())).toBe(length);
  });

  test('reads the own state of any replica, as of the revision that it names', () => {
    const group = groupWith(ALL_HERE);
    const written = group.append(group.leader(), KEY);
    expect(written).toMatchObject({ result: { version: 1 } });
    const ask = (minRevision: number) =>
      group.answer(group.follower(), REPLICA_PATHS.localQuery, LOCAL_QUERY.encode({ key: KEY, minRevision }));
    const answer = ask(1);
    expect(answer).toMatchObject({ type: 'done', ageMsMax: expect.any(Number) });
    expect(answer.type === 'done' && STORE_REPLY.decode(answer.result)).toMatchObject({
      type: 'found',
      revision: 1,
    });
    expect(ask(2)).toEqual({ type: 'not-leader', leader: asReplicaId(group.leader() + 1) });
  });

  test('never gets an older state than it has seen, however far the log of the replica reaches', () => {
    const group = groupWith(ALL_HERE);
    for (let count = 0; count < 9; count += 1) group.append(group.leader(), OTHER_KEY);
    group.append(group.leader(), KEY);
    group.run(1000);
    const [leader, follower] = [group.leader(), group.follower()];
    const ask = (minRevision: number) => {
      const body = LOCAL_QUERY.encode({ key: KEY, minRevision });
      const answer = group.answer(follower, REPLICA_PATHS.localQuery, body);
      return answer.type === 'done' ? STORE_REPLY.decode(answer.result) : answer;
    };
    group.cutOff(follower);
    expect(group.append(leader, KEY)).toMatchObject({ result: { version: 2 } });
    expect(ask(1)).toMatchObject({ type: 'found', version: 1, revision: 1 });
    expect(ask(2)).toMatchObject({ type: 'not-leader' });
    group.group.heal();
    expect(ask(2)).toMatchObject({ type: 'found', version: 2, revision: 2 });
  });

  test('that waits for a revision hears it at once when the shard leaves', () => {
    const group = groupWith(ALL_HERE, LEAVES);
    const body = LOCAL_QUERY.encode({ key: KEY, minRevision: 5 });
    const heard: unknown[] = [];
    group.server(group.follower()).handle(REPLICA_PATHS.localQuery, body, (answer) => {
      const read = answer && REPLICA_ANSWER.decode(answer);
      heard.push(read?.type === 'done' ? STORE_REPLY.decode(read.result) : read);
    });
    expect(heard).toEqual([]);
    group.replica(group.leader()).propose(SHARD_COMMAND.encode(FREEZE), () => {});
    group.until(() => heard.length > 0);
    expect(heard).toEqual([REFUSED]);
  });

  test('is refused by a group that has not the shard, also its reads', () => {
    const group = groupWith(ALL_HERE, LEAVES, FREEZE);
    const refused = { type: 'done', result: REFUSED };
    expect(group.append(group.leader(), KEY)).toMatchObject(refused);
    expect(group.get(group.leader(), KEY)).toMatchObject(refused);
    expect(group.append(group.leader(), OTHER_KEY)).toMatchObject({ result: { type: 'appended' } });
  });

  test('wakes a group that nobody has called yet', () => {
    for (const body of ['command', 'query'] as const) {
      const group = new ShardedGroup();
      group
        .server(1)
        .handle(
          REPLICA_PATHS[body],
          body === 'command' ? group.appendBody(KEY) : QUERY.encode({ type: 'get', key: KEY }),
          () => {},
        );
      group.run(50);
      expect(group.group.leader).toBe(1);
    }
  });

  test('has no answer of a replica that has stopped, but that it does not lead', () => {
    const group = groupWith(ALL_HERE);
    const leader = group.leader();
    group.replica(leader).stop();
    const declined = { type: 'not-leader', leader: undefined };
    expect(group.append(leader, KEY)).toEqual(declined);
    expect(group.get(leader, KEY)).toEqual(declined);
  });
});

describe('a refusal (store.S2)', () => {
  test('goes through the log once; the next one costs no entry', () => {
    const group = groupWith(ALL_HERE, LEAVES, FREEZE);
    const before = group.logLength(group.leader());
    expect(group.append(group.leader(), KEY)).toMatchObject({ index: before + 1, result: REFUSED });
    for (let count = 0; count < 3; count += 1)
      expect(group.append(group.leader(), KEY)).toMatchObject({ index: 0, result: REFUSED });
    expect(group.logLength(group.leader())).toBe(before + 1);
  });

  test('of one shard refuses no other', () => {
    const group = groupWith(ALL_HERE, LEAVES, FREEZE);
    group.append(group.leader(), KEY);
    expect(group.append(group.leader(), OTHER_KEY)).toMatchObject({ result: { type: 'appended' } });
  });

  test('ends when the shard is served here again', () => {
    const group = groupWith(configure(1, 2));
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: { type: 'wrong-group' } });
    expect(group.append(group.leader(), KEY)).toMatchObject({ index: 0 });
    group.decide(
      configure(2, 1),
      { type: 'install', ...MOVE, part: rowsPart() },
      { type: 'install', ...MOVE, part: lastPart() },
    );
    expect(group.append(group.leader(), KEY)).toMatchObject({ result: { type: 'appended' } });
  });

  test('is given by the leader alone', () => {
    const group = groupWith(ALL_HERE, LEAVES, FREEZE);
    const leader = group.leader();
    group.append(leader, KEY);
    group.append(leader, KEY);
    group.cutOff(leader);
    group.until(() => !group.replica(leader).isLeader);
    expect(group.append(leader, KEY)).toMatchObject({ type: 'not-leader' });
  });
});

describe('bytes', () => {
  const session = { client: 'mbx2k3f4-me', sequence: 1 };
  const group = groupWith(ALL_HERE, LEAVES);
  const bodies = [
    [REPLICA_PATHS.command, group.appendBody(KEY, session)],
    [REPLICA_PATHS.query, QUERY.encode({ type: 'get', key: KEY })],
    [REPLICA_PATHS.localQuery, LOCAL_QUERY.encode({ key: KEY, minRevision: 0 })],
    [REPLICA_PATHS.shard, SHARD_REQUEST.encode(LAST_CHANGES)],
  ] as const;

  /** A command that cannot be read may be of a newer version: whoever sent it is told. All else counts as lost. */
  const expectRefused = (path: string, bytes: Uint8Array) => {
    const answer = group.ask(group.leader(), path, bytes);
    const refusal =
      path === REPLICA_PATHS.command ? { type: 'unreadable', replica: group.leader() + 1 } : undefined;
    expect(answer && REPLICA_ANSWER.decode(answer)).toEqual(refusal);
  };

  test.each(bodies)(
    'of %s that nobody can read are refused, and propose nothing (store.S1)',
    (path, body) => {
      const leader = group.leader();
      const before = group.logLength(leader);
      for (const bytes of almost(body)) expectRefused(path, bytes);
      fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => expectRefused(path, bytes)));
      expect(group.logLength(leader)).toBe(before);
    },
  );

  const rows = rowsPart();
  const commands: readonly ShardCommand[] = [
    { type: 'configure', configuration: configuration(3, 2) },
    FREEZE,
    RELEASE,
    { type: 'install', ...MOVE, part: rows },
    { type: 'sweep', shard: SHARD },
    { type: 'confirmed', ...MOVE },
  ];

  test.each(commands)(
    'of the command $type, which no client may give, propose nothing (store.S1)',
    (command) => {
      const leader = group.leader();
      const before = group.logLength(leader);
      for (const path of [REPLICA_PATHS.command, REPLICA_PATHS.query, REPLICA_PATHS.shard])
        expectRefused(path, SHARD_COMMAND.encode(command));
      expect(group.logLength(leader)).toBe(before);
    },
  );

  test('to a path that there is not are answered with nothing', () => {
    expect(group.ask(group.leader(), '/elsewhere', group.appendBody(KEY))).toBeUndefined();
  });
});

test('what the group is doing is said to people in JSON, by every replica', () => {
  const group = groupWith(ALL_HERE, LEAVES);
  for (const server of group.group.servers) {
    expect(group.json(server, REPLICA_PATHS.work)).toMatchObject({
      type: 'done',
      result: {
        type: 'work',
        group: 1,
        configuration: 2,
        shards: expect.arrayContaining([[SHARD, expect.objectContaining({ type: 'leaving', to: 2 })]]),
      },
    });
  }
});

function rowsPart() {
  return { type: 'rows', since: 0, cursor: '', nextCursor: '', done: true, rows: Uint8Array.of(2) } as const;
}

function lastPart() {
  return {
    type: 'changes',
    after: 0,
    through: 0,
    caughtUp: true,
    final: true,
    rows: Uint8Array.of(2),
  } as const;
}
