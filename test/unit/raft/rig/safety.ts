/** The properties of Raft figure 3, and linearizable reads, checked after every step of a cluster. */

import { asIndex, type Entry, type Index, invariant, type ReplicaId } from '../../../../src/raft/index.ts';
import { type Disk, decodeText } from './disk.ts';
import type { Host } from './host.ts';

export class Safety {
  readonly #leaders = new Map<number, ReplicaId>();
  /** All entries that were ever committed, by index. */
  readonly #committed: Entry[] = [];
  readonly #readFloors = new Map<number, Index>();

  /** The highest index that any replica ever knew to be committed. */
  get committed(): Index {
    return asIndex(this.#committed.length);
  }

  /** `disks` are those of all voters, running or not. */
  check(host: Host, disks: readonly Disk[]): void {
    this.#checkElectionSafety(host);
    this.#checkCommitted(host, disks);
    this.#checkState(host);
  }

  readRequested(id: number): void {
    this.#readFloors.set(id, this.committed);
  }

  readAnswered(id: number, index: Index): void {
    const floor = this.#readFloors.get(id) ?? asIndex(0);
    invariant(index >= floor, `read ${id} was answered with ${index}, but ${floor} was committed before`);
  }

  #checkElectionSafety(host: Host): void {
    const status = host.raft?.status();
    if (status?.role !== 'leader') return;
    const known = this.#leaders.get(status.term) ?? host.id;
    invariant(known === host.id, `Election Safety: ${known} and ${host.id} both led term ${status.term}`);
    this.#leaders.set(status.term, host.id);
  }

  #checkCommitted(host: Host, disks: readonly Disk[]): void {
    const { raft } = host;
    if (raft === undefined) return;
    const { commit } = raft.status();
    for (const entry of raft.entries(asIndex(1))) {
      if (entry.index > commit) break;
      const known = this.#committed[entry.index - 1];
      if (known === undefined) {
        invariant(
          entry.index === this.committed + 1,
          `entry ${entry.index} committed before its predecessor`,
        );
        this.#checkOnMajority(entry, disks);
        this.#committed.push(entry);
      } else {
        invariant(
          isSame(known, entry),
          `State Machine Safety: two entries committed at ${entry.index}, of terms ${known.term} and ${entry.term}`,
        );
      }
    }
  }

  #checkOnMajority(entry: Entry, disks: readonly Disk[]): void {
    const holders = disks.filter(
      (disk) => disk.compacted.index >= entry.index || disk.entries.some((stored) => isSame(stored, entry)),
    );
    invariant(
      holders.length * 2 > disks.length,
      `entry ${entry.index} was committed, but only ${holders.length} of ${disks.length} voters have it on disk`,
    );
  }

  #checkState({ id, written }: Host): void {
    const commands = this.#committed.slice(0, written.applied).filter(({ kind }) => kind === 'command');
    const expected = commands.map(({ payload }) => decodeText(payload)).join('\n');
    invariant(
      written.commands.join('\n') === expected,
      `replica ${id} applied something else than what was committed up to ${written.applied}`,
    );
  }
}

function isSame(a: Entry, b: Entry): boolean {
  return a.index === b.index && a.term === b.term && decodeText(a.payload) === decodeText(b.payload);
}
