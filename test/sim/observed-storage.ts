import type { DiskId, Membership } from '../../src/raft/index.ts';
import type {
  FrozenView,
  OpenedStorage,
  ReplicaStorage,
  Row,
  TableReader,
  Turn,
} from '../../src/storage/index.ts';
import type { MemoryStorage } from '../../tools/memory-storage/index.ts';
import type { Life, Observation } from './observation.ts';

const EVERYTHING = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };

/** A storage that tells what passes through it. */
export class ObservedStorage implements ReplicaStorage {
  readonly table: TableReader;
  readonly #inner: MemoryStorage;
  readonly #replica: Life['replica'];
  readonly #observe: (observation: Observation) => void;
  #life: Life | undefined;
  /** Written, and not known to be durable. */
  #pending: Turn[] = [];
  #written = 0;

  constructor(inner: MemoryStorage, replica: Life['replica'], observe: (observation: Observation) => void) {
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
    const life = { replica: this.#replica, incarnation: opened.incarnation };
    this.#life = life;
    this.#observe({ type: 'opened', life, state: opened.state, rows: this.#rows() });
    return opened;
  }

  write(turn: Turn): void {
    this.#inner.write(turn);
    this.#pending.push(turn);
    this.#written += 1;
    const installed = turn.store?.install?.done ? this.#rows() : undefined;
    this.#observe({ type: 'written', life: this.life, turn, installed });
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

  #rows(): readonly Row[] {
    return this.#inner.table.scan(EVERYTHING, NO_LIMIT);
  }
}
