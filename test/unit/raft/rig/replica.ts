/** A single core with a hand-made past, for tests of the exact effects of one step. */

import {
  asDiskId,
  asIndex,
  asReplicaId,
  asTerm,
  DEFAULT_LIMITS,
  type Effects,
  type Entry,
  type Input,
  Membership,
  type Message,
  type PersistedState,
  Raft,
  type RaftOptions,
} from '../../../../src/raft/index.ts';
import { encodeText } from './disk.ts';

/** Plain numbers where the core has branded ones, so that tests can write them down. */
export type Plain<T> = T extends number
  ? number
  : T extends string | boolean | undefined | Uint8Array | Membership
    ? T
    : { readonly [K in keyof T]: Plain<T[K]> };

export interface Past {
  readonly id?: number;
  readonly voters?: readonly number[];
  readonly learners?: readonly number[];
  readonly term?: number;
  readonly votedFor?: number;
  /** The terms of the entries after `compacted`. */
  readonly entryTerms?: readonly number[];
  readonly compacted?: Plain<PersistedState['compacted']>;
  readonly applied?: number;
  readonly staging?: PersistedState['staging'];
  /** Of this replica. */
  readonly disk?: string;
  /** Of all members, by rising id: the group was formed. */
  readonly disks?: readonly string[];
  readonly options?: Partial<RaftOptions>;
}

/** Without jitter: an election time-out is exactly `electionTimeoutMs`, 500 ms. */
export function replica(past: Past = {}): Raft {
  const { entryTerms = [], compacted = { index: 0, term: 0 } } = past;
  const voters = (past.voters ?? [1, 2, 3]).map(asReplicaId);
  const learners = (past.learners ?? []).map(asReplicaId);
  const disks = (past.disks ?? []).map((disk, at) => [asReplicaId(at + 1), asDiskId(disk)] as const);
  const membership = Membership.of(voters, learners, new Map(disks));
  const lastTerm = entryTerms.at(-1) ?? compacted.term;
  return new Raft(
    { ...DEFAULT_LIMITS, random: () => 0, ...past.options, id: asReplicaId(past.id ?? 1) },
    {
      hardState: {
        term: asTerm(past.term ?? lastTerm),
        votedFor: past.votedFor === undefined ? undefined : asReplicaId(past.votedFor),
      },
      membership,
      compacted: { index: asIndex(compacted.index), term: asTerm(compacted.term) },
      entries: entryTerms.map((term, at) => entry(compacted.index + 1 + at, term)),
      applied: asIndex(past.applied ?? compacted.index),
      staging: past.staging,
      disk: past.disk === undefined ? undefined : asDiskId(past.disk),
    },
    0,
  );
}

/** Replica 1, elected by 2 at time 0 in the term after `past.term`; its no-op is on its own disk. */
export function leader(past: Past = {}): Raft {
  const raft = replica(past);
  step(raft, 0, { type: 'campaign' });
  const { term } = raft.status();
  receive(raft, 0, { type: 'pre-vote-reply', from: 2, term, campaignTerm: term + 1, granted: true });
  step(raft, 0, { type: 'stored', id: 1 });
  receive(raft, 0, { type: 'vote-reply', from: 2, term: term + 1, granted: true });
  if (raft.status().last.term === term + 1) step(raft, 0, { type: 'stored', id: 2 });
  return raft;
}

/** Replica 1, which heard the leader 2 of its term at time 0. */
export function follower(past: Past = {}): Raft {
  const raft = replica(past);
  receive(raft, 0, { ...HEARTBEAT, from: 2, term: raft.status().term });
  return raft;
}

const HEARTBEAT = {
  type: 'append-request',
  previous: { index: 0, term: 0 },
  entries: [],
  commit: 0,
  readRound: 0,
  touch: false,
} as const;

export function step(raft: Raft, nowMs: number, input: Plain<Input>): Effects {
  return raft.step(nowMs, input as Input);
}

type Unaddressed<M> = M extends { readonly to: number } ? Omit<M, 'to'> : never;

/** A message to the replica itself. */
export function receive(raft: Raft, nowMs: number, message: Unaddressed<Plain<Message>>): Effects {
  return raft.step(nowMs, { type: 'message', message: { ...message, to: raft.status().id } as Message });
}

export function entry(index: number, term: number, text = `${index}@${term}`): Entry {
  return { index: asIndex(index), term: asTerm(term), kind: 'command', payload: encodeText(text) };
}

export function noop(index: number, term: number): Entry {
  return { index: asIndex(index), term: asTerm(term), kind: 'noop', payload: new Uint8Array(0) };
}

/** All effects of a step: what is not named is empty. */
export function effects(some: Partial<Plain<Effects>>): Plain<Effects> {
  return {
    messages: [],
    store: undefined,
    promises: [],
    apply: [],
    proposal: undefined,
    reads: [],
    chunkRequests: [],
    roleChanged: false,
    ...some,
  };
}

/** All of one write: what is not named is empty. */
export function store(
  id: number,
  some: Partial<Plain<NonNullable<Effects['store']>>>,
): Plain<NonNullable<Effects['store']>> {
  return {
    id,
    hardState: undefined,
    truncateFrom: undefined,
    append: [],
    compactThrough: undefined,
    install: undefined,
    touch: false,
    ...some,
  };
}
