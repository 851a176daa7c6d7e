import type { DiskId, Membership } from '../../src/raft/index.ts';
import type {
  FrozenView,
  OpenedStorage,
  ReplicaDisk,
  ReplicaStorage,
  Row,
  TableReader,
  Turn,
} from '../../src/storage/index.ts';
import type { Life, Observation } from './observation.ts';

const EVERYTHING = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };

type Observe = (observation: Observation) => void;

/** A disk that tells what has come to it for good. */
export class ObservedDisk implements ReplicaDisk {
  readonly table: TableReader;
  readonly #inner: ReplicaDisk;
  readonly #replica: Life['replica'];
  readonly #observe: Observe;
  #life: Life | undefined;
  /** Written, and not known to be durable. */
  #pending: Turn[] = [];
  #written = 0;

  constructor(inner: ReplicaDisk, replica: Life['replica'], observe: Observe) {
    this.table = inner.table;
    this.#inner = inner;
    this.#replica = replica;
    this.#observe = observe;
  }

  get life(): Life {
    if (this.#life === undefined) throw new Error('the storage has not been opened');
    return this.#life;
  }

  open(membership: Membership, newDisk?: DiskId): OpenedStorage {
    const opened = this.#inner.open(membership, newDisk);
    this.#life = { replica: this.#replica, incarnation: opened.incarnation };
    return opened;
  }

  write(turn: Turn): void {
    this.#inner.write(turn);
    this.#pending.push(turn);
    this.#written += 1;
    // A Durable Object flushes by itself whatever was written; nobody has to ask for it.
    if (turn.store === undefined) this.flush(() => {});
  }

  flush(onDurable: () => void): void {
    const through = this.#written;
    this.#inner.flush(() => {
      const turns = this.#pending.splice(0, through - (this.#written - this.#pending.length));
      if (turns.length > 0) this.#observe({ type: 'durable', life: this.life, turns });
      onDurable();
    });
  }

  openView(): FrozenView {
    return this.#inner.openView();
  }

  shortage(): string | undefined {
    return this.#inner.shortage();
  }
}

/** A storage, on that disk, that tells what a replica does with it. */
export class ObservedStorage implements ReplicaStorage {
  readonly table: TableReader;
  readonly #inner: ReplicaStorage;
  readonly #disk: ObservedDisk;
  readonly #observe: Observe;

  constructor(inner: ReplicaStorage, disk: ObservedDisk, observe: Observe) {
    this.table = inner.table;
    this.#inner = inner;
    this.#disk = disk;
    this.#observe = observe;
  }

  get life(): Life {
    return this.#disk.life;
  }

  get stateBytes(): number {
    return this.#inner.stateBytes;
  }

  open(membership: Membership, newDisk?: DiskId): OpenedStorage {
    const opened = this.#inner.open(membership, newDisk);
    this.#observe({ type: 'opened', life: this.life, state: opened.state, rows: this.#rows() });
    return opened;
  }

  write(turn: Turn): void {
    this.#inner.write(turn);
    const installed = turn.store?.install?.done ? this.#rows() : undefined;
    this.#observe({ type: 'written', life: this.life, turn, installed });
  }

  checkpoint(): void {
    this.#inner.checkpoint();
  }

  flush(onDurable: () => void): void {
    this.#inner.flush(onDurable);
  }

  openView(): FrozenView {
    return this.#inner.openView();
  }

  shortage(): string | undefined {
    return this.#inner.shortage();
  }

  #rows(): readonly Row[] {
    return this.#inner.table.scan(EVERYTHING, NO_LIMIT);
  }
}
