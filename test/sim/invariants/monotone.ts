import type { PeerStatus, Status } from '../../../src/raft/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

interface Marks {
  readonly term: number;
  readonly commit: number;
  readonly applied: number;
  readonly compacted: number;
}

const NAMES = ['term', 'commit', 'applied', 'compacted'] as const;

/**
 * Term, commit, applied and compacted index never fall in a life, and what was durable of them never falls over lives.
 * compacted <= applied <= commit <= last. What a leader knows of its peers does not fall either (raft.P2).
 */
export class Monotone implements Invariant {
  readonly name = 'monotone';
  readonly #lives = new WeakMap<Life, Marks>();
  readonly #matches = new WeakMap<Life, { readonly term: number; readonly peers: readonly PeerStatus[] }>();
  readonly #disks = new Map<number, Marks & { readonly incarnation: number }>();

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'stepped':
        return (
          this.#checkLife(observation.life, observation.status) ??
          this.#checkPeers(observation.life, observation.status)
        );
      case 'disk-lost':
        this.#disks.delete(observation.replica);
        return undefined;
      case 'opened':
      case 'durable':
        return this.#checkDisk(observation.life, view);
      default:
        return undefined;
    }
  }

  #checkLife(life: Life, { term, commit, applied, compacted, last }: Status): string | undefined {
    const marks = { term, commit, applied, compacted: compacted.index };
    const fallen = whatFell(this.#lives.get(life), marks);
    this.#lives.set(life, marks);
    if (fallen !== undefined) return `replica ${life.replica}: ${fallen}`;
    const ordered = compacted.index <= applied && applied <= commit && commit <= last.index;
    if (ordered) return undefined;
    return `replica ${life.replica}: compacted ${compacted.index}, applied ${applied}, commit ${commit}, last ${last.index}`;
  }

  /** What a leader knows of a peer's log does not shrink while it leads, however late an answer comes. */
  #checkPeers(life: Life, { term, peers }: Status): string | undefined {
    if (peers.length === 0) return undefined;
    const before = this.#matches.get(life);
    this.#matches.set(life, { term, peers });
    if (before?.term !== term) return undefined;
    for (const [position, { id, match, disk }] of peers.entries()) {
      const peer = before.peers[position];
      const known = peer?.disk === disk ? (peer?.match ?? 0) : 0;
      if (match < known) return `replica ${life.replica}: match of ${id} fell from ${known} to ${match}`;
    }
    return undefined;
  }

  #checkDisk(life: Life, view: ClusterView): string | undefined {
    const disk = view.disks.get(life.replica);
    if (disk === undefined) return undefined;
    const marks = {
      term: disk.hardState.term,
      commit: 0,
      applied: disk.applied,
      compacted: disk.log.compacted,
      incarnation: disk.incarnation,
    };
    const before = this.#disks.get(life.replica);
    this.#disks.set(life.replica, marks);
    const fallen = whatFell(before, marks);
    if (fallen !== undefined) return `the disk of replica ${life.replica}: ${fallen}`;
    if (before === undefined || before.incarnation <= marks.incarnation) return undefined;
    return `replica ${life.replica} is in life ${marks.incarnation} after life ${before.incarnation}`;
  }
}

function whatFell(before: Marks | undefined, after: Marks): string | undefined {
  if (before === undefined) return undefined;
  const fallen = NAMES.find((name) => after[name] < before[name]);
  return fallen && `${fallen} fell from ${before[fallen]} to ${after[fallen]}`;
}
