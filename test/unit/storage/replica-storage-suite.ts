/** What every `ReplicaDisk` does, whatever it is made of. Runs in Node and inside workerd. */

import { describe, expect } from 'vitest';
import {
  asIndex,
  asReplicaId,
  asTerm,
  Membership,
  type SnapshotChunk,
  type Store,
} from '../../../src/raft/index.ts';
import { type ReplicaDisk, type Row, type Turn, ViewClosedError } from '../../../src/storage/index.ts';
import { checkAgainstModel } from './model-check.ts';
import { chunkOf, command, EMPTY_STORE, FRESH, logId, MEMBERSHIP, openedAs } from './storage-model.ts';
import { type Check, checksIn, HERE, type Host, type TestDisk } from './suite.ts';
import { bytes } from './table-suite.ts';

const ALL = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: 1000, bytesMax: 1 << 20 };

export function replicaStorageSuite(name: string, newDisk: () => TestDisk, host: Host = HERE): void {
  const check = checksIn(host);
  describe(name, () => {
    check('a fresh disk opens as a replica that never ran', () => {
      expect(newDisk().start().open(MEMBERSHIP)).toEqual(openedAs(FRESH, 1));
    });

    check('a restart finds hard state, log, applied index and rows as they were written', () => {
      const disk = newDisk();
      const storage = opened(disk);
      const noop = { ...command(1, 3), kind: 'noop' as const };
      const hardState = { term: asTerm(3), votedFor: asReplicaId(2) };
      storage.write(storeTurn({ hardState, append: [noop, command(2, 3, 7, 8)] }));
      storage.write(applyTurn(2, 3, { a: bytes(1), b: bytes(2) }));
      storage.write({
        store: undefined,
        applied: { through: logId(2, 3), changes: new Map([['a', undefined]]) },
      });
      expect(rowsOf(storage)).toEqual([{ key: 'b', value: bytes(2) }]);

      const restarted = disk.start();
      const entries = [noop, command(2, 3, 7, 8)];
      expect(restarted.open(Membership.of([asReplicaId(9)], []))).toEqual(
        openedAs({ ...FRESH, hardState, entries, applied: logId(2, 3) }, 2),
      );
      expect(rowsOf(restarted)).toEqual([{ key: 'b', value: bytes(2) }]);
    });

    check('the incarnation rises with each open', () => {
      const disk = newDisk();
      const incarnations = [1, 2, 3].map(() => disk.start().open(MEMBERSHIP).incarnation);
      expect(incarnations).toEqual([1, 2, 3]);
    });

    check('entries from truncateFrom on go before new ones are added', () => {
      const disk = newDisk();
      const storage = opened(disk);
      storage.write(storeTurn({ append: [command(1, 1), command(2, 1), command(3, 1)] }));
      storage.write(storeTurn({ truncateFrom: asIndex(2), append: [command(2, 2, 5)] }));
      expect(disk.start().open(MEMBERSHIP).state.entries).toEqual([command(1, 1), command(2, 2, 5)]);
    });

    check('more entries and rows than one statement can name are written and read back', () => {
      const disk = newDisk();
      const storage = opened(disk);
      const append = Array.from({ length: 120 }, (_, at) => command(at + 1, 1, at));
      const rows = Array.from({ length: 230 }, (_, at) => [`key-${1000 + at}`, bytes(at)] as const);
      const view = storage.openView();
      storage.write({
        ...storeTurn({ append }),
        applied: { through: logId(120, 1), changes: new Map(rows) },
      });
      expect(rowsOf(storage)).toEqual(rows.map(([key, value]) => ({ key, value })));
      expect(view.scan(ALL, NO_LIMIT)).toEqual([]);
      const deletions = new Map(rows.map(([key]) => [key, undefined]));
      storage.write({ store: undefined, applied: { through: logId(120, 1), changes: deletions } });
      expect(rowsOf(storage)).toEqual([]);
      expect(disk.start().open(MEMBERSHIP).state.entries).toEqual(append);
    });

    check(
      'the log begins after what was compacted, also when there is more of it than one turn deletes',
      () => {
        const disk = newDisk();
        const storage = opened(disk);
        const append = Array.from({ length: 1000 }, (_, at) => command(at + 1, 1));
        storage.write({ ...storeTurn({ append }), applied: { through: logId(1000, 1), changes: new Map() } });
        storage.write(storeTurn({ compactThrough: logId(990, 1) }));
        const { compacted, entries } = disk.start().open(MEMBERSHIP).state;
        expect(compacted).toEqual(logId(990, 1));
        expect(entries).toEqual(append.slice(990));
      },
    );

    check('a flush calls back, in order', () => {
      const storage = opened(newDisk());
      const called: number[] = [];
      storage.write(storeTurn({ touch: true }));
      storage.flush(() => called.push(1));
      storage.flush(() => called.push(2));
      expect(called).toEqual([1, 2]);
    });

    refusals(newDisk, check);
    installs(newDisk, check);
    views(newDisk, check);

    check('random turns, views, snapshots and restarts leave what plain values would', () => {
      checkAgainstModel(newDisk, 150);
    });
  });
}

function refusals(newDisk: () => TestDisk, check: Check): void {
  const written = storeTurn({
    hardState: { term: asTerm(2), votedFor: asReplicaId(1) },
    append: [command(1, 2), command(2, 2)],
  });
  const refused: readonly (readonly [name: string, turn: Turn, message: string])[] = [
    ['a falling term', storeTurn({ hardState: { term: asTerm(1), votedFor: undefined } }), 'R1'],
    [
      'another vote in the same term',
      storeTurn({ hardState: { term: asTerm(2), votedFor: asReplicaId(2) } }),
      'R1',
    ],
    ['an applied index that falls', applyTurn(0, 0, { a: bytes() }), 'R2'],
    ['compaction of what is not applied', storeTurn({ compactThrough: logId(2, 2) }), 'R3'],
    ['a gap in the log', storeTurn({ append: [command(4, 2)] }), 'R4'],
    [
      'compaction beyond the log',
      { ...storeTurn({ compactThrough: logId(9, 2) }), ...applied(9, 2, {}) },
      'R4',
    ],
    ['a chunk of a stream that was not begun', storeTurn({ install: chunk({ cursor: 'x' }) }), 'R5'],
    [
      'a row above the limit',
      applyTurn(2, 2, { a: bytes(1), b: new Uint8Array(2_000_000) }),
      'ROW_BYTES_MAX',
    ],
  ];
  for (const [name, turn, message] of refused) {
    check(`${name} is refused, and nothing of its turn is left behind`, () => {
      const disk = newDisk();
      const storage = opened(disk);
      storage.write(written);
      storage.write(applyTurn(1, 2, { a: bytes(9) }));
      const { state } = disk.start().open(MEMBERSHIP);
      const again = opened(disk);
      expect(() => again.write(turn)).toThrow(message);
      expect(rowsOf(again)).toEqual([{ key: 'a', value: bytes(9) }]);
      expect(disk.start().open(MEMBERSHIP).state).toEqual(state);
    });
  }

  check('a storage that was not opened, or is opened twice, refuses', () => {
    const storage = newDisk().start();
    expect(() => storage.write(written)).toThrow('open');
    storage.open(MEMBERSHIP);
    expect(() => storage.open(MEMBERSHIP)).toThrow('once');
  });
}

function installs(newDisk: () => TestDisk, check: Check): void {
  const membership = Membership.of([asReplicaId(1)], [asReplicaId(4)]);
  const snapshot = { ...logId(10, 2), membership };
  const first = chunk({ snapshot, nextCursor: 'm', data: chunkOf(new Map([['a', bytes(1)]])) });
  const last = chunk({
    snapshot,
    cursor: 'm',
    nextCursor: '',
    data: chunkOf(new Map([['z', bytes(2)]])),
    done: true,
  });
  const lastTurn = storeTurn({ install: last, compactThrough: logId(10, 2) });

  check('a snapshot that was received in part is not visible, and goes on after a restart', () => {
    const disk = newDisk();
    const storage = opened(disk);
    storage.write({ ...storeTurn({ append: [command(1, 1)] }), ...applied(1, 1, { old: bytes(9) }) });
    storage.write(storeTurn({ install: first }));
    expect(rowsOf(storage)).toEqual([{ key: 'old', value: bytes(9) }]);

    const restarted = disk.start();
    const { state } = restarted.open(MEMBERSHIP);
    expect(state.staging).toEqual({ stream: first.stream, cursor: 'm' });
    expect(state.applied).toBe(1);
    expect(rowsOf(restarted)).toEqual([{ key: 'old', value: bytes(9) }]);
    restarted.write(lastTurn);
    expect(rowsOf(restarted).map(({ key }) => key)).toEqual(['a', 'z']);
    expect(disk.start().open(MEMBERSHIP).state).toEqual({
      ...FRESH,
      membership,
      compacted: logId(10, 2),
      applied: asIndex(10),
      rows: undefined,
      staged: undefined,
      staging: undefined,
    });
  });

  check('a stream that begins anew forgets the rows of the last one', () => {
    const storage = opened(newDisk());
    storage.write(storeTurn({ install: first }));
    storage.write(storeTurn({ install: chunk({ snapshot, stream: 'other', nextCursor: 'm' }) }));
    storage.write(storeTurn({ install: { ...last, stream: 'other' }, compactThrough: logId(10, 2) }));
    expect(rowsOf(storage).map(({ key }) => key)).toEqual(['z']);
  });

  check('entries after the snapshot stay, unless the turn truncates them', () => {
    const append = Array.from({ length: 12 }, (_, at) => command(at + 1, 2));
    const kept = newDisk();
    const storage = opened(kept);
    storage.write(storeTurn({ append }));
    storage.write(storeTurn({ install: first }));
    storage.write(lastTurn);
    expect(kept.start().open(MEMBERSHIP).state.entries).toEqual(append.slice(10));

    const dropped = newDisk();
    const other = opened(dropped);
    other.write(storeTurn({ append }));
    other.write(storeTurn({ install: first }));
    other.write(
      storeTurn({
        install: last,
        truncateFrom: asIndex(1),
        compactThrough: logId(10, 2),
        append: [command(11, 3)],
      }),
    );
    expect(dropped.start().open(MEMBERSHIP).state.entries).toEqual([command(11, 3)]);
  });

  check('entries that a snapshot leads up to may be applied in the turn that installs it', () => {
    const storage = opened(newDisk());
    storage.write(storeTurn({ install: first }));
    storage.write({
      ...lastTurn,
      store: { ...EMPTY_STORE, ...lastTurn.store, append: [command(11, 3)] },
      applied: {
        through: logId(11, 3),
        changes: new Map([
          ['a', bytes(5)],
          ['z', undefined],
        ]),
      },
    });
    expect(rowsOf(storage)).toEqual([{ key: 'a', value: bytes(5) }]);
  });

  check('a second snapshot takes the place of the first', () => {
    const storage = opened(newDisk());
    storage.write(storeTurn({ install: first }));
    storage.write(lastTurn);
    const newer = { ...logId(20, 2), membership };
    const data = chunkOf(new Map([['newer', bytes(3)]]));
    storage.write(
      storeTurn({ install: chunk({ snapshot: newer, data, done: true }), compactThrough: logId(20, 2) }),
    );
    expect(rowsOf(storage)).toEqual([{ key: 'newer', value: bytes(3) }]);
  });

  check('a view that is open when a snapshot is installed is closed', () => {
    const storage = opened(newDisk());
    storage.write(storeTurn({ install: first }));
    const view = storage.openView();
    expect(view.scan(ALL, NO_LIMIT)).toEqual([]);
    storage.write(lastTurn);
    expect(() => view.scan(ALL, NO_LIMIT)).toThrow(ViewClosedError);
    view.close();
    storage.write({ ...storeTurn({ append: [command(11, 2)] }), ...applied(11, 2, { b: bytes(3) }) });
    const next = storage.openView();
    expect(next.snapshot).toEqual({ ...logId(11, 2), membership });
    expect(next.scan(ALL, NO_LIMIT).map(({ key }) => key)).toEqual(['a', 'b', 'z']);
  });
}

function views(newDisk: () => TestDisk, check: Check): void {
  check('a view keeps answering from the moment it was opened', () => {
    const storage = opened(newDisk());
    storage.write({
      ...storeTurn({ append: [command(1, 1)] }),
      ...applied(1, 1, { a: bytes(1), c: bytes(3) }),
    });
    const view = storage.openView();
    expect(view.snapshot).toEqual({ ...logId(1, 1), membership: MEMBERSHIP });
    const frozen = [
      { key: 'a', value: bytes(1) },
      { key: 'c', value: bytes(3) },
    ];
    for (const changes of [
      { a: bytes(10), b: bytes(2) },
      { a: bytes(100), c: undefined },
      { c: bytes(30) },
    ]) {
      storage.write(applyTurn(1, 1, changes));
      expect(view.scan(ALL, NO_LIMIT)).toEqual(frozen);
    }
    expect(view.scan({ from: 'b', to: undefined }, NO_LIMIT)).toEqual(frozen.slice(1));
    expect(view.scan({ from: 'a', to: 'c' }, NO_LIMIT)).toEqual(frozen.slice(0, 1));
    expect(rowsOf(storage).map(({ value }) => value)).toEqual([bytes(100), bytes(2), bytes(30)]);
  });

  check('opening a view closes the last, and shows the state of now', () => {
    const storage = opened(newDisk());
    const first = storage.openView();
    storage.write({ ...storeTurn({ append: [command(1, 1)] }), ...applied(1, 1, { a: bytes(1) }) });
    const second = storage.openView();
    expect(() => first.scan(ALL, NO_LIMIT)).toThrow(ViewClosedError);
    first.close();
    expect(second.scan(ALL, NO_LIMIT)).toEqual([{ key: 'a', value: bytes(1) }]);
    storage.write(applyTurn(1, 1, { a: undefined }));
    expect(second.scan(ALL, NO_LIMIT)).toEqual([{ key: 'a', value: bytes(1) }]);
    second.close();
    expect(() => second.scan(ALL, NO_LIMIT)).toThrow(ViewClosedError);
  });

  check('nothing of a view is left after a restart', () => {
    const disk = newDisk();
    const storage = opened(disk);
    storage.openView();
    storage.write({ ...storeTurn({ append: [command(1, 1)] }), ...applied(1, 1, { a: bytes(1) }) });
    const view = opened(disk).openView();
    expect(view.scan(ALL, NO_LIMIT)).toEqual([{ key: 'a', value: bytes(1) }]);
  });
}

function opened(disk: TestDisk): ReplicaDisk {
  const storage = disk.start();
  storage.open(MEMBERSHIP);
  return storage;
}

export function storeTurn(store: Partial<Store>): Turn & { readonly store: Store } {
  return { store: { ...EMPTY_STORE, ...store }, applied: undefined };
}

type Changes = Readonly<Record<string, Uint8Array | undefined>>;

function applied(index: number, term: number, changes: Changes): Pick<Turn, 'applied'> {
  return { applied: { through: logId(index, term), changes: new Map(Object.entries(changes)) } };
}

function applyTurn(index: number, term: number, changes: Changes): Turn {
  return { store: undefined, ...applied(index, term, changes) };
}

function chunk(install: Partial<SnapshotChunk>): SnapshotChunk {
  return {
    snapshot: { ...logId(10, 2), membership: MEMBERSHIP },
    stream: 'stream',
    cursor: '',
    nextCursor: '',
    data: chunkOf(new Map()),
    done: false,
    ...install,
  };
}

function rowsOf(storage: ReplicaDisk): readonly Row[] {
  return storage.table.scan(ALL, NO_LIMIT);
}
