/** One group of replicas with a network of its own, and what it is a group of. */

import type { ControllerQuery, Outcome } from '../../src/controller/index.ts';
import { asReplicaId, type Membership, type ReplicaId } from '../../src/raft/index.ts';
import type { StateMachine } from '../../src/replica/index.ts';
import type {
  Configuration,
  StoreAnswer,
  StoreQuery,
  StoreResult,
  WrongGroup,
} from '../../src/shard/index.ts';
import { Checker } from './checker.ts';
import { Host } from './host.ts';
import type { Instance } from './instance.ts';
import { allInvariants, type Invariant } from './invariants/index.ts';
import type { Mark } from './marks.ts';
import { type Address, Network } from './network.ts';
import type { Notes } from './trace.ts';
import type { World } from './world.ts';

/** What the state machines of all kinds of groups answer. */
export type GroupResult = StoreResult | Outcome;
export type GroupQuery = StoreQuery | ControllerQuery;
export type GroupAnswer = StoreAnswer | Configuration;
export type GroupMachine = StateMachine<GroupResult, GroupQuery, GroupAnswer>;

/** What lives beside a replica, as long as one life of it. */
export interface Companion {
  roleChanged(): void;
  /** The answer to a command, if it can be given without the log. */
  refusal(command: Uint8Array): WrongGroup | undefined;
  /** What the log has answered. */
  answered(command: Uint8Array, result: GroupResult): void;
}

export interface GroupKind {
  readonly makeMachine: () => GroupMachine;
  readonly accompany: (instance: Instance) => Companion | undefined;
  /** Others ask it all the time. */
  readonly isPolled: boolean;
  /** What must hold besides what holds in every group. */
  readonly invariants: readonly Invariant[];
}

export interface Group extends World {
  readonly kind: GroupKind;
  readonly membership: Membership;
  readonly network: Network;
  readonly checker: Checker;
  /** What the run came through. */
  readonly marks: Set<Mark>;
  readonly hosts: readonly Host[];
  readonly host: (id: ReplicaId) => Host;
  /** Those who call from outside: a cut may leave them on either side. */
  readonly outsiders: Address[];
}

export function makeGroup(world: World, kind: GroupKind, trace: Notes, marks: Set<Mark>): Group {
  const { plan, scheduler, random, verdict } = world;
  const voters = Array.from({ length: plan.replicas }, (_, slot) => asReplicaId(slot + 1));
  const membership = { voters, learners: [] };
  const invariants = [...allInvariants(plan.raft.messageBytesMax), ...kind.invariants];
  const hosts: Host[] = [];
  const group: Group = {
    ...world,
    kind,
    trace,
    membership,
    network: new Network(scheduler, random.fork(), plan.network),
    checker: new Checker(membership, invariants, verdict, marks),
    marks,
    hosts,
    host: (id) => hosts.find((host) => host.id === id) ?? missing(id),
    outsiders: [],
  };
  for (const id of voters) hosts.push(new Host(group, id));
  return group;
}

export function isConfiguration(answer: GroupAnswer): answer is Configuration {
  return 'shards' in answer;
}

function missing(id: ReplicaId): never {
  throw new RangeError(`there is no replica ${id}`);
}
