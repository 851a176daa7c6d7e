/** One group of replicas with a network of its own, and what it is a group of. */

import { asReplicaId, Membership, type ReplicaId, type Request } from '../../src/raft/index.ts';
import type { OnReply, ReplicaParts, ReplicaStatus } from '../../src/replica/index.ts';
import type { Server } from '../../src/store/index.ts';
import { Checker } from './checker.ts';
import { Host } from './host.ts';
import type { Instance } from './instance.ts';
import { allInvariants, type Invariant } from './invariants/index.ts';
import type { Mark } from './marks.ts';
import { type Address, Network } from './network.ts';
import type { OnExecute } from './observed-machine.ts';
import { Recovery } from './recovery.ts';
import type { Roughness } from './sim-port.ts';
import type { Notes } from './trace.ts';
import type { World } from './world.ts';

/** What the simulator needs of a replica of any kind. */
export interface SimulatedReplica {
  readonly replica: {
    readonly isLeader: boolean;
    status(): ReplicaStatus;
    receive(request: Request, respond: OnReply): void;
    tick(): void;
    wake(): void;
    transferLeadership(to: ReplicaId): void;
    propose(command: Uint8Array, done: (answer: { readonly type: string }) => void): void;
    stop(): void;
  };
  readonly server: Server;
}

export interface Opening {
  readonly parts: Omit<ReplicaParts<never, never, never>, 'stateMachine'>;
  /** To be told of each command that the state machine is given. */
  readonly onExecute: OnExecute;
  readonly instance: Instance;
}

export interface GroupKind {
  readonly name: string;
  /** Opens a replica as it is deployed. */
  readonly open: (opening: Opening) => SimulatedReplica;
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
  readonly replicaNames: readonly string[];
  readonly hosts: readonly Host[];
  readonly host: (id: ReplicaId) => Host;
  /** Those who call from outside: a cut may leave them on either side. */
  readonly outsiders: Address[];
  readonly recovery: Recovery;
  /** Of the ways from other groups to this one. */
  readonly roughness: Roughness;
}

export function makeGroup(world: World, kind: GroupKind, trace: Notes, marks: Set<Mark>): Group {
  const { plan, scheduler, random, verdict } = world;
  const voters = Array.from({ length: plan.replicas }, (_, slot) => asReplicaId(slot + 1));
  const membership = Membership.of(voters, []);
  const invariants = [
    ...allInvariants(plan.raft.messageBytesMax, plan.limits.turnBytesMax),
    ...kind.invariants,
  ];
  const hosts: Host[] = [];
  const network = new Network(scheduler, random.fork(), plan.network);
  const group: Group = {
    ...world,
    kind,
    trace,
    membership,
    network,
    checker: new Checker(membership, invariants, verdict, marks),
    marks,
    replicaNames: voters.map((id) => `${kind.name}/${id}`),
    hosts,
    host: (id) => hosts.find((host) => host.id === id) ?? missing(id),
    outsiders: [],
    get recovery() {
      return recovery;
    },
    get roughness() {
      return { ...network.plan, timeoutMs: plan.raft.replyTimeoutMs };
    },
  };
  const recovery = new Recovery(group);
  for (const id of voters) {
    const host = new Host(group, id);
    hosts.push(host);
    world.directory.set(`${kind.name}/${id}`, host);
  }
  return group;
}

function missing(id: ReplicaId): never {
  throw new RangeError(`there is no replica ${id}`);
}
