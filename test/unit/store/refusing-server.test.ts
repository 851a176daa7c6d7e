import { describe, expect, test, vi } from 'vitest';
import { decodeText, FormatError } from '../../../src/codec/index.ts';
import { asDiskId, asReplicaId, type ReplicaId } from '../../../src/raft/index.ts';
import { DISCARDING, OWN_STANDING, REPLICA_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { ShardCountError } from '../../../src/shard/index.ts';
import { DamagedDiskError } from '../../../src/storage/index.ts';
import { refusingServer, type Server } from '../../../src/store/index.ts';

const DISK = asDiskId('a finding');
const VOTERS = [1, 2, 3].map(asReplicaId);
const ORDER = DISCARDING.encode({ disk: DISK, voters: VOTERS });

function ask(server: Server, path: string, body: Uint8Array = new Uint8Array(0)): Uint8Array | undefined {
  const heard: (Uint8Array | undefined)[] = [];
  server.handle(path, body, (answer) => heard.push(answer));
  expect(heard).toHaveLength(1);
  return heard[0];
}

function refusing(error: Error) {
  const discard = vi.fn((_: readonly ReplicaId[], done: () => void) => done());
  return { server: refusingServer(error, { disk: DISK, discard }), discard };
}

const standingOf = (answer: Uint8Array | undefined) => answer && OWN_STANDING.decode(answer);

test('a cluster that was made with another number of shards is said at once to whoever asks', () => {
  const { server } = refusing(new ShardCountError(64, 32));
  for (const path of [REPLICA_PATHS.command, REPLICA_PATHS.query, REPLICA_PATHS.localQuery]) {
    const answer = ask(server, path);
    expect(answer && REPLICA_ANSWER.decode(answer)).toEqual({ type: 'shard-count', made: 64, set: 32 });
  }
});

test('says why, and that nothing was executed, and nothing else', () => {
  const { server } = refusing(new FormatError('format 99 is unknown'));
  const { raft, wake, trace, work, command, query } = REPLICA_PATHS;
  for (const path of [raft, wake, trace, work]) expect(ask(server, path)).toBeUndefined();
  for (const path of [command, query]) {
    const answer = ask(server, path);
    expect(answer && REPLICA_ANSWER.decode(answer)).toEqual({ type: 'not-leader', leader: undefined });
  }
  const status = ask(server, REPLICA_PATHS.status);
  expect(status && JSON.parse(decodeText(status))).toEqual({
    role: 'refused',
    reason: 'format 99 is unknown',
  });
  expect(standingOf(ask(server, REPLICA_PATHS.standing))).toMatchObject({ standing: 'refused' });
});

describe('an order to discard the disk', () => {
  test.each([
    ['of other code', new FormatError('format 99 is unknown')],
    ['of a cluster with another number of shards', new ShardCountError(64, 32)],
  ])('a disk %s is kept', (_, error) => {
    const { server, discard } = refusing(error);
    expect(standingOf(ask(server, REPLICA_PATHS.discard, ORDER))).toMatchObject({ standing: 'refused' });
    expect(discard).not.toHaveBeenCalled();
  });

  test('a damaged disk is discarded, once, by the name of its damage', () => {
    const { server, discard } = refusing(new DamagedDiskError('a row has a wrong checksum'));
    const damaged = { standing: 'damaged', disk: DISK, voters: [] };
    expect(standingOf(ask(server, REPLICA_PATHS.standing))).toEqual(damaged);
    const late = DISCARDING.encode({ disk: asDiskId('an earlier finding'), voters: VOTERS });
    const nobody = DISCARDING.encode({ disk: DISK, voters: [] });
    for (const other of [late, nobody, new Uint8Array([1, 2])]) {
      expect(standingOf(ask(server, REPLICA_PATHS.discard, other))).toEqual(damaged);
    }
    expect(discard).not.toHaveBeenCalled();
    expect(standingOf(ask(server, REPLICA_PATHS.discard, ORDER))).toMatchObject({ standing: 'unformed' });
    ask(server, REPLICA_PATHS.discard, ORDER);
    expect(discard.mock.calls.map(([voters]) => voters)).toEqual([VOTERS]);
  });

  test('is not executed by a host that cannot do it', () => {
    const server = refusingServer(new DamagedDiskError('a row has a wrong checksum'));
    expect(standingOf(ask(server, REPLICA_PATHS.discard, ORDER))).toMatchObject({ standing: 'refused' });
  });
});
