/** The shard controller as a replicated group on the lab's network, and its clients. */

import {
  type CallPort,
  ControllerClient,
  type ControllerClientOptions,
  GroupCaller,
} from '../../../src/client/index.ts';
import {
  type Change,
  type ControllerSettings,
  ControllerStateMachine,
} from '../../../src/controller/index.ts';
import type { Configuration, GroupId, Groups, ShardId } from '../../../src/shard/index.ts';
import { openController } from '../../../src/store/index.ts';
import type { Random } from '../../sim/random.ts';
import { driven } from '../driven.ts';
import { Group, limitsFor } from '../group.ts';
import { type LabGroup, simulatedGroup } from '../lab-group.ts';
import { type LabPort, labPort } from '../lab-port.ts';
import { check } from '../lab-test.ts';
import type { LabWorld } from '../lab-world.ts';
import type { Process } from '../process.ts';

const CONTROLLERS = 3;
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

export interface LabController {
  readonly world: LabWorld;
  readonly group: LabGroup;
  /** By which the network knows them. */
  readonly names: readonly string[];
}

export function startController(world: LabWorld, name: string, settings: ControllerSettings): LabController {
  const group = new Group(world, {
    name,
    servers: CONTROLLERS,
    limits: limitsFor(-1),
    open: (parts) => openController({ ...parts, stateMachine: new ControllerStateMachine(settings) }),
  });
  return { world, group: simulatedGroup(group), names: group.servers.map((server) => group.nameOf(server)) };
}

/** The tests say which groups there are; nobody else forms a cluster. */
export function controllerOptions(port: CallPort): Omit<ControllerClientOptions, 'group'> {
  const party = port.random(2 ** 31);
  let changes = 0;
  return {
    firstGroups: new Map(),
    newClient: () => {
      changes += 1;
      return `party-${party}-${changes}`;
    },
  };
}

/** Each call goes on until it is answered, as the course's do. */
export class LabControllerClerk {
  readonly #port: LabPort;
  readonly #client: ControllerClient;

  constructor({ world, names }: LabController, random: Random) {
    this.#port = labPort(world, random);
    const group = new GroupCaller(names, this.#port);
    this.#client = new ControllerClient({ ...controllerOptions(this.#port), group });
  }

  join(groups: Groups): Process<Configuration> {
    return this.#change({ type: 'join', groups });
  }

  leave(...groups: readonly GroupId[]): Process<Configuration> {
    return this.#change({ type: 'leave', groups });
  }

  move(shard: ShardId, group: GroupId): Process<Configuration> {
    return this.#change({ type: 'move', shard, group });
  }

  query(number: number): Process<Configuration> {
    return this.#query(number);
  }

  latest(): Process<Configuration> {
    return this.#query(undefined);
  }

  *#query(number: number | undefined): Process<Configuration> {
    const configuration = yield* driven(this.#client.configuration(number, FOR_EVER_MS), this.#port);
    check(configuration !== undefined, 'a query that waits for ever ended without an answer');
    return configuration;
  }

  *#change(change: Change): Process<Configuration> {
    const result = yield* driven(this.#client.change(change, FOR_EVER_MS), this.#port);
    const reason = result?.type === 'refused' ? result.reason : result?.type;
    check(result?.type === 'configured', `a ${change.type} was answered with ${reason}`);
    return result.configuration;
  }
}
