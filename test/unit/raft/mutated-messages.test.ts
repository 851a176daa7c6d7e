/**
 * Messages of a live group with one number changed, as a neighbour that is broken might send them. No replica stops, and
 * the group elects, commits and reads afterwards. Left out is what only its sender's disk could disprove, such as an
 * acknowledgement of an entry that it lacks: Raft tolerates lost messages, not liars (Raft §2).
 */

import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import {
  asIndex,
  asReplicaId,
  type Input,
  invariant,
  type LogId,
  type Message,
  type ReplicaId,
} from '../../../src/raft/index.ts';
import { Cluster } from './rig/cluster.ts';
import { encodeText } from './rig/disk.ts';

const RUNS = Number(process.env['RANDOM_RUNS'] ?? 200);
const SETTLING_MS = 10_000;
const MESSAGES_KEPT = 200;

/** Where a number stands in a message. */
type Path = readonly string[];

function numbersOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === 'number') return [path];
  const hasParts = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
  if (!hasParts) return [];
  return Object.entries(value).flatMap(([key, part]) => numbersOf(part, [...path, key]));
}

function withNumber<T>(value: T, [key, ...rest]: Path, number: number): T {
  if (key === undefined) return number as T;
  if (Array.isArray(value))
    return value.map((part, at) => (String(at) === key ? withNumber(part, rest, number) : part)) as T;
  const part: unknown = Reflect.get(Object(value), key);
  const copy = Object.assign(Object.create(Object.getPrototypeOf(value)), value);
  return Object.assign(copy, { [key]: withNumber(part, rest, number) });
}

const isLater = (one: LogId, other: LogId) =>
  one.term > other.term || (one.term === other.term && one.index > other.index);

/** What the changed message claims more than the true one did, and nobody but its sender could know better. */
function isLie(true_: Message, message: Message): boolean {
  switch (message.type) {
    case 'append-request':
      return (
        true_.type === 'append-request' && (message.commit > true_.commit || claimsOtherLog(true_, message))
      );
    case 'pre-vote-request':
    case 'vote-request':
      return (
        true_.type === message.type && (isLater(message.last, true_.last) || message.from !== true_.from)
      );
    case 'append-reply':
    case 'vote-reply':
    case 'snapshot-request':
    case 'snapshot-reply':
      return true;
    case 'pre-vote-reply':
    case 'timeout-now':
    case 'introduction-request':
    case 'introduction-reply':
      return false;
  }
}

function claimsOtherLog(
  true_: Extract<Message, { type: 'append-request' }>,
  { previous, entries }: Extract<Message, { type: 'append-request' }>,
): boolean {
  const isOrdered = entries.every((entry, at) => entry.index === previous.index + 1 + at);
  const terms = [previous, ...entries].map(({ term }) => term);
  const isSame = terms.every((term, at) => term === [true_.previous, ...true_.entries][at]?.term);
  return isOrdered && !(isSame && previous.index === true_.previous.index);
}

const STRANGER = 99;
const HUGE = [2 ** 31, 2 ** 40, 2 ** 48, 2 ** 52, Number.MAX_SAFE_INTEGER] as const;

const change = fc.record({
  message: fc.nat(MESSAGES_KEPT - 1),
  path: fc.nat(30),
  value: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(STRANGER, ...HUGE)),
});

class LiveGroup {
  readonly cluster: Cluster;
  readonly #seen: Message[] = [];
  #requests = 0;
  readonly #answered = new Set<number>();

  constructor(seed: number) {
    const generator = xoroshiro128plus(seed);
    const raft = { random: (bound: number) => uniformInt(generator, 0, bound - 1) };
    const options = { voters: 3, learners: 1, commandsPerChunk: 2, raft, logs: new Map(), fault: undefined };
    this.cluster = new Cluster(options, {
      stepped: (_, __, effects) => {
        for (const { id, outcome } of effects.reads) if (outcome.type === 'ready') this.#answered.add(id);
      },
      confirmed: () => {},
      sent: (message) => {
        this.#seen.push(message);
        if (this.#seen.length > MESSAGES_KEPT) this.#seen.shift();
      },
    });
    this.run(3000);
  }

  run(ms: number): void {
    this.cluster.advance(ms, () => this.cluster.stabilize());
  }

  deliverChanged({
    message: place,
    path: at,
    value,
  }: typeof change extends fc.Arbitrary<infer T> ? T : never): void {
    const message = this.#seen[place % this.#seen.length];
    if (message === undefined) return;
    const paths = numbersOf(message).filter(([key]) => key !== 'to');
    const path = paths[at % paths.length];
    invariant(path !== undefined, 'every message has numbers');
    const changed = withNumber(message, path, value);
    const isAbsurd = value === STRANGER ? path[0] === 'from' : value >= 2 ** 48;
    if (!isAbsurd && isLie(message, changed)) return;
    this.cluster.step(message.to, { type: 'message', message: changed });
    this.cluster.stabilize();
  }

  work(): void {
    for (const { id, raft } of this.cluster.hosts.values()) if (raft?.role === 'leader') this.ask(id);
    this.cluster.stabilize();
  }

  ask(id: ReplicaId): void {
    this.#requests += 1;
    const inputs: readonly Input[] = [
      { type: 'propose', payload: encodeText(`c${this.#requests}`) },
      { type: 'read', id: this.#requests },
    ];
    for (const input of inputs) this.cluster.step(id, input);
  }

  expectWorking(): void {
    this.run(SETTLING_MS);
    const leaders = [...this.cluster.hosts.values()].filter(({ raft }) => raft?.role === 'leader');
    expect(leaders.map(({ id }) => id)).toHaveLength(1);
    const { committed } = this.cluster.safety;
    this.work();
    this.run(1000);
    expect(this.#answered.has(this.#requests)).toBe(true);
    for (const { raft } of this.cluster.hosts.values())
      expect(raft?.status().commit).toBe(asIndex(committed + 1));
  }
}

test('a changed message stops no replica, and the group goes on', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(change, { minLength: 1, maxLength: 40, size: 'max' }),
      (seed, changes) => {
        const group = new LiveGroup(seed);
        for (const one of changes) {
          group.deliverChanged(one);
          group.work();
          group.run(one.path * 10);
        }
        group.expectWorking();
      },
    ),
    { numRuns: RUNS },
  );
}, 120_000);

test('whoever is no member, or speaks of the end of all terms, does not take the leader for long', () => {
  const group = new LiveGroup(1);
  for (const from of [STRANGER, 2]) {
    const message = {
      type: 'vote-request',
      from: asReplicaId(from),
      to: asReplicaId(1),
      term: 2 ** 48,
      last: { index: 9, term: 1 },
      transfer: true,
    };
    group.cluster.step(asReplicaId(1), { type: 'message', message } as unknown as Input);
    group.expectWorking();
  }
});
