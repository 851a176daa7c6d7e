/**
 * Bytes that are almost right, on every path of live replicas, and in the log itself: no replica stops, and the group
 * goes on serving. A replica that halts throws out of the run.
 *
 * What messages say of consensus itself (terms, indexes, who leads) is left as it is: a lie about these is what the
 * invariants of the core are there to notice.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRowChanges } from '../../../src/codec/index.ts';
import { QUERY } from '../../../src/kv/index.ts';
import { asIndex, asReplicaId, asTerm, type LogId, ORIGIN, type Request } from '../../../src/raft/index.ts';
import { BATCH, MESSAGE, REPLICA_PATHS } from '../../../src/replica/index.ts';
import {
  asGroupId,
  LOCAL_QUERY,
  SHARD_COMMAND,
  SHARD_REQUEST,
  type ShardCommand,
} from '../../../src/shard/index.ts';
import { arbitraryMutation, mutated } from '../codec/support/mutations.ts';
import {
  ALL_HERE,
  configuration,
  configure,
  FREEZE,
  groupWith,
  KEY,
  LAST_CHANGES,
  MOVE,
  OTHER_KEY,
  RELEASE,
  ROWS,
  SHARD,
  type ShardedGroup,
} from './support/sharded-group.ts';

const DIGITS = SHARD.toString(16).padStart(4, '0');
const PART = {
  type: 'rows',
  since: 0,
  cursor: '',
  nextCursor: `${DIGITS}db`,
  done: false,
  rows: encodeRowChanges([
    [`${DIGITS}da`, new Uint8Array(12)],
    [`${DIGITS}db`, new Uint8Array(20)],
  ]),
} as const;
const CHANGES_PART = {
  type: 'changes',
  after: 0,
  through: 2,
  caughtUp: true,
  final: true,
  rows: encodeRowChanges([
    [`${DIGITS}da`, undefined],
    [`${DIGITS}dc`, new Uint8Array(9)],
  ]),
} as const;

const SHARD_COMMANDS: readonly ShardCommand[] = [
  { type: 'install', ...MOVE, part: PART },
  { type: 'install', ...MOVE, part: { ...PART, done: true } },
  { type: 'install', ...MOVE, part: CHANGES_PART },
  FREEZE,
  RELEASE,
  { type: 'sweep', shard: SHARD },
  { type: 'record', ...MOVE, since: 0 },
  { type: 'redirect', ...MOVE, to: asGroupId(3), due: 3 },
  { type: 'retain', ...MOVE },
  { type: 'restart', ...MOVE, from: { group: asGroupId(3), replicas: ['group-3/1'] }, move: 1, since: 0 },
  { type: 'skip', configuration: configuration(9, 2) },
  { type: 'confirmed', ...MOVE },
  configure(2, 1),
  { type: 'configure', configuration: { ...configuration(2, 1), shards: [] } },
];

/** The shard of `KEY` is on its way here, or away, or neither. */
const SITUATIONS: readonly (readonly ShardCommand[])[] = [
  [ALL_HERE],
  [ALL_HERE, configure(2, 2)],
  [configure(1, 2), configure(2, 1)],
];

type Planted = (envelope: Pick<Request, 'from' | 'to' | 'term'>, last: LogId) => Request;

/**
 * As if `liar` had won an election: the two others take what it sends. It has heard of the term itself, so that nobody
 * else wins it.
 */
function plant(group: ShardedGroup, liar: number, planted: Planted): void {
  group.leader();
  const statuses = group.group.servers.map((server) => group.replica(server).status());
  const term = asTerm(Math.max(...statuses.map((status) => status.term)) + 10);
  const from = group.replica(liar).id;
  for (const { id: to, last } of statuses) {
    const voter = statuses.find(({ id }) => id !== from)?.id ?? to;
    const request: Request =
      to === from
        ? { type: 'vote-request', from: voter, to, term, last: ORIGIN, transfer: true }
        : planted({ from, to, term }, last);
    group.server(to - 1).handle(REPLICA_PATHS.raft, MESSAGE.encode(request), () => {});
  }
  group.run(3000);
}

function plantEntry(group: ShardedGroup, liar: number, payload: Uint8Array): void {
  plant(group, liar, ({ from, to, term }, previous) => ({
    type: 'append-request',
    from,
    to,
    term,
    previous,
    entries: [{ index: asIndex(previous.index + 1), term, kind: 'command', payload }],
    commit: previous.index,
    readRound: 0,
    touch: false,
  }));
}

function plantChunk(group: ShardedGroup, liar: number, mutate: (data: Uint8Array) => Uint8Array): void {
  const { membership } = group.replica(liar).status();
  const rows = group.group.rows(liar);
  const data = mutate(encodeRowChanges(rows.map(({ key, value }) => [key, value])));
  const nextCursor = rows.at(-1)?.key ?? '';
  plant(group, liar, ({ from, to, term }, last) => {
    const snapshot = { index: asIndex(last.index + 3), term, membership };
    const chunk = { snapshot, stream: `planted.${term}`, cursor: '', nextCursor, data, done: true };
    return { type: 'snapshot-request', from, to, term, chunk };
  });
}

const bases = (group: ShardedGroup): readonly (readonly [path: string, body: Uint8Array])[] => [
  [REPLICA_PATHS.command, group.appendBody(KEY)],
  [REPLICA_PATHS.query, QUERY.encode({ type: 'get', key: KEY })],
  [REPLICA_PATHS.query, QUERY.encode({ type: 'scan', shard: SHARD, prefix: '', after: '', rowsMax: 9 })],
  [REPLICA_PATHS.localQuery, LOCAL_QUERY.encode({ key: KEY, minRevision: 3 })],
  [REPLICA_PATHS.shard, SHARD_REQUEST.encode(ROWS)],
  [REPLICA_PATHS.shard, SHARD_REQUEST.encode(LAST_CHANGES)],
  [REPLICA_PATHS.shard, SHARD_REQUEST.encode({ type: 'release', ...MOVE })],
  [REPLICA_PATHS.wake, new Uint8Array(0)],
  [REPLICA_PATHS.status, new Uint8Array(0)],
  [REPLICA_PATHS.trace, new Uint8Array(0)],
  [REPLICA_PATHS.work, new Uint8Array(0)],
];

function expectServes(group: ShardedGroup): void {
  group.run(3000);
  const leader = group.leader();
  for (const key of [KEY, OTHER_KEY]) {
    expect(group.append(leader, key)).toMatchObject({ type: 'done' });
    expect(group.get(group.leader(), key)).toMatchObject({ type: 'done' });
  }
  group.run(2000);
  for (const server of group.group.servers) expect(group.replica(server).status().role).toBeDefined();
  const states = group.group.servers.map((server) => JSON.stringify(group.group.rows(server)));
  expect(new Set(states).size).toBe(1);
}

const foreign = fc.uint8Array({ minLength: 1, maxLength: 30 });
const requests = (minLength: number) =>
  fc.array(
    fc.record({
      server: fc.nat(2),
      base: fc.nat(),
      mutation: fc.option(arbitraryMutation(foreign), { freq: 6 }),
    }),
    { minLength, maxLength: 2 * minLength },
  );
const situation = fc.constantFrom(...SITUATIONS);
type Mutation = Parameters<typeof mutated>[1];
const almost = (bytes: Uint8Array, mutation: Mutation | null): Uint8Array =>
  mutation === null || bytes.length === 0 ? bytes : mutated(bytes, mutation);

test('on the paths that others call', () => {
  fc.assert(
    fc.property(situation, requests(30), (decided, all) => {
      const group = groupWith(...decided);
      for (const { server, base, mutation } of all) {
        const paths = bases(group);
        const [path, body] = paths[base % paths.length] ?? [REPLICA_PATHS.wake, new Uint8Array(0)];
        let answers = 0;
        group.server(server).handle(path, almost(body, mutation), () => {
          answers += 1;
        });
        group.run(20);
        group.until(() => answers > 0);
        expect(answers).toBe(1);
      }
      expectServes(group);
    }),
    { numRuns: 15 },
  );
});

test('as commands that are proposed: each is answered, at every replica alike', () => {
  fc.assert(
    fc.property(situation, requests(30), (decided, all) => {
      const group = groupWith(...decided);
      for (const { base, mutation } of all) {
        const commands = [...SHARD_COMMANDS.map((each) => SHARD_COMMAND.encode(each)), group.appendBody(KEY)];
        const command = commands[base % commands.length] ?? new Uint8Array(0);
        const answers: string[] = [];
        group.replica(group.leader()).propose(almost(command, mutation), ({ type }) => answers.push(type));
        group.until(() => answers.length > 0);
        expect(['done', 'unreadable']).toContain(answers[0]);
      }
      expectServes(group);
    }),
    { numRuns: 15 },
  );
});

test('as the payload of entries that a leader sends, and that are committed', () => {
  fc.assert(
    fc.property(situation, requests(5), (decided, all) => {
      const group = groupWith(...decided);
      for (const { server, base, mutation } of all) {
        const commands = [...SHARD_COMMANDS.map((each) => SHARD_COMMAND.encode(each)), group.appendBody(KEY)];
        const timeMs = base % 3 === 0 ? 2 ** 48 : base;
        plantEntry(group, server, almost(BATCH.encode({ timeMs, commands }), mutation));
      }
      expectServes(group);
    }),
    { numRuns: 15 },
  );
});

test('as chunks of a snapshot', () => {
  fc.assert(
    fc.property(situation, requests(4), (decided, all) => {
      const group = groupWith(...decided);
      group.append(group.leader(), OTHER_KEY);
      for (const { server, mutation } of all) {
        plantChunk(group, server, (data) => almost(data, mutation));
      }
      expectServes(group);
    }),
    { numRuns: 15 },
  );
});

test('as whole messages between replicas: what still says the same of consensus', () => {
  fc.assert(
    fc.property(requests(60), (all) => {
      const group = groupWith(ALL_HERE);
      for (const { server, mutation } of all) {
        const status = group.replica(server).status();
        const { term, last, commit } = status;
        const from = status.leader ?? asReplicaId(1);
        const request: Request = {
          type: 'append-request',
          from,
          to: status.id,
          term,
          previous: last,
          entries: [],
          commit,
          readRound: 0,
          touch: false,
        };
        const bytes = almost(MESSAGE.encode(request), mutation);
        if (from === status.id || MESSAGE.tryDecode(bytes) !== undefined) continue;
        let answers = 0;
        group.server(server).handle(REPLICA_PATHS.raft, bytes, (answer) => {
          expect(answer).toBeUndefined();
          answers += 1;
        });
        expect(answers).toBe(1);
      }
      expectServes(group);
    }),
    { numRuns: 10 },
  );
});
