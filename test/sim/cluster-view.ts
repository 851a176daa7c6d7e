/** What the observations add up to: each life's log and state, each disk, and what the group has committed. */

import {
  asIndex,
  type DiskId,
  type Entry,
  type HardState,
  type Index,
  type Membership,
  type PersistedState,
  type Readmission,
  type ReplicaId,
  type Status,
  type Term,
} from '../../src/raft/index.ts';
import { EXECUTED_PART, EXECUTED_PART_KEY, type ExecutedPart } from '../../src/replica/index.ts';
import type { Row, Turn } from '../../src/storage/index.ts';
import type { Life, Observation } from './observation.ts';
import { ShadowLog } from './shadow-log.ts';
import { StateDigest } from './state-digest.ts';

/** What one life believes, as far as it has written it down or said so. */
export interface LifeView {
  readonly log: ShadowLog;
  state: StateDigest;
  applied: Index;
  /** How much of the entry after that is executed. */
  part: ExecutedPart | undefined;
  status: Status | undefined;
  commit: Index;
}

/** What a crash would leave. May lag behind the disk after a crash, until the next life opens it; never ahead. */
export interface DiskView {
  readonly id: DiskId | undefined;
  log: ShadowLog;
  hardState: HardState;
  applied: Index;
  incarnation: number;
}

export interface Committed {
  readonly entry: Entry;
  /** The term of the leader that committed it. */
  readonly inTerm: Term;
}

export class ClusterView {
  readonly lives = new Map<Life, LifeView>();
  readonly disks = new Map<ReplicaId, DiskView>();
  /** Which disk of each the group knows: what it was formed with, and what was committed since. */
  readonly known = new Map<ReplicaId, DiskId>();
  /** What was on disks that are gone. It may be later that the group comes to know one of them. */
  readonly #lost = new Map<ReplicaId, DiskView[]>();
  readonly membership: Membership;
  /** Entry i + 1 at place i. */
  readonly committed: Committed[] = [];

  constructor(membership: Membership) {
    this.membership = membership;
  }

  get commit(): Index {
    return asIndex(this.committed.length);
  }

  life(life: Life): LifeView {
    const view = this.lives.get(life);
    if (view === undefined) throw new Error(`replica ${life.replica} did something before it was opened`);
    return view;
  }

  /** Returns what follows from the observation. */
  see(observation: Observation): readonly Observation[] {
    switch (observation.type) {
      case 'opened':
        this.#opened(observation.life, observation.state, observation.rows);
        return [];
      case 'written':
        this.#written(this.life(observation.life), observation);
        return [];
      case 'durable':
        for (const turn of observation.turns) this.#durable(observation.life.replica, turn);
        return [];
      case 'stepped':
        this.#noteFormation(observation.status);
        return this.#stepped(observation.life, observation.status);
      case 'disk-lost':
        this.#diskLost(observation.replica);
        return [];
      default:
        return [];
    }
  }

  /** Whether the replica has a disk that is not the one the group knows: then nothing of it counts. */
  isForgetful(replica: ReplicaId): boolean {
    const known = this.known.get(replica);
    return known !== undefined && this.disks.get(replica)?.id !== known;
  }

  /**
   * Disks that hold the entry, and keep it in a crash. One that is gone had it, and did its part in committing it; the
   * others make up for it before the group knows another one in its place.
   */
  holders(entry: Entry): number {
    let holders = 0;
    for (const voter of this.membership.voters) {
      const isHeld = !this.isForgetful(voter) && this.disks.get(voter)?.log.holds(entry) === true;
      const lost = this.#lost.get(voter)?.find(({ id }) => id === this.known.get(voter));
      if (isHeld || lost?.log.holds(entry)) holders += 1;
    }
    return holders;
  }

  isMajority(count: number): boolean {
    return 2 * count > this.membership.voters.length;
  }

  ended(life: Life): void {
    this.lives.delete(life);
  }

  #opened(life: Life, state: PersistedState, rows: readonly Row[]): void {
    const { compacted, entries, applied, hardState, disk: id } = state;
    this.lives.set(life, {
      log: new ShadowLog(compacted, entries),
      state: new StateDigest(rows),
      applied,
      part: partIn(rows),
      status: undefined,
      commit: applied,
    });
    const { incarnation } = life;
    const log = new ShadowLog(compacted, entries);
    this.disks.set(life.replica, { id, log, hardState, applied, incarnation });
  }

  #written(view: LifeView, { turn, installed }: Extract<Observation, { type: 'written' }>): void {
    const { store, applied } = turn;
    if (store !== undefined) view.log.write(store);
    if (store?.install?.done && installed !== undefined) {
      const { index } = store.install.snapshot;
      view.state = new StateDigest(installed);
      view.applied = index;
      view.part = partIn(installed);
      view.commit = asIndex(Math.max(view.commit, index));
    }
    if (applied !== undefined) {
      view.state.change(applied.changes);
      view.applied = applied.through.index;
      if (applied.changes.has(EXECUTED_PART_KEY)) {
        const row = applied.changes.get(EXECUTED_PART_KEY);
        view.part = row && EXECUTED_PART.decode(row);
      }
    }
  }

  #durable(replica: ReplicaId, { store, applied }: Turn): void {
    const disk = this.disks.get(replica);
    if (disk === undefined) return;
    if (store !== undefined) disk.log.write(store);
    if (store?.hardState !== undefined) disk.hardState = store.hardState;
    if (store?.install?.done) disk.applied = store.install.snapshot.index;
    if (applied !== undefined) disk.applied = applied.through.index;
  }

  #noteFormation({ membership }: Status): void {
    if (this.known.size > 0) return;
    for (const [replica, disk] of membership.disks) this.known.set(replica, disk);
  }

  #diskLost(replica: ReplicaId): void {
    const disk = this.disks.get(replica);
    this.disks.delete(replica);
    if (disk !== undefined) this.#lost.set(replica, [...(this.#lost.get(replica) ?? []), disk]);
  }

  /** After those who check the entry itself: it counts for nothing before it is committed. */
  readmitted({ replica, disk }: Readmission): void {
    this.known.set(replica, disk);
  }

  #stepped(life: Life, status: Status): readonly Observation[] {
    const view = this.life(life);
    view.status = status;
    if (status.commit <= view.commit) return [];
    const learned: Observation[] = [];
    for (let at = view.commit + 1; at <= status.commit; at += 1) {
      const entry = view.log.entry(asIndex(at));
      if (entry === undefined) continue;
      const known = this.committed[at - 1]?.entry;
      if (known === undefined && at === this.committed.length + 1) {
        this.committed.push({ entry, inTerm: status.term });
      }
      learned.push({ type: 'committed', life, term: status.term, entry, known });
    }
    view.commit = status.commit;
    return learned;
  }
}

function partIn(rows: readonly Row[]): ExecutedPart | undefined {
  const row = rows.find(({ key }) => key === EXECUTED_PART_KEY);
  return row && EXECUTED_PART.decode(row.value);
}
