/** The shard controller as a replicated group on the lab's network, and its clients. */

import {
  type Change,
  type ControllerSettings,
  ControllerStateMachine,
  decodeOutcome,
  encodeCommand,
  encodeOutcome,
  LATEST,
  type Outcome,
} from '../../../src/controller/index.ts';
import { encodeReplicaAnswer, REPLICA_PATHS } from '../../../src/protocol/index.ts';
import {
  type Configuration,
  decodeConfiguration,
  encodeConfiguration,
  type GroupId,
  type Groups,
  type ShardId,
} from '../../../src/shard/index.ts';
import type { Random } from '../../sim/random.ts';
import { Group, limitsFor } from '../group.ts';
import { type LabGroup, simulatedGroup } from '../lab-group.ts';
import { check } from '../lab-test.ts';
import type { LabWorld } from '../lab-world.ts';
import type { Process } from '../process.ts';
import { GroupLine } from './group-line.ts';
import { declined } from './store-services.ts';

const CONTROLLERS = 3;
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

export interface LabController {
  readonly world: LabWorld;
  readonly group: LabGroup;
  /** By which the network knows them. */
  readonly names: readonly string[];
}

export function startController(world: LabWorld, name: string, settings: ControllerSettings): LabController {
  const group = new Group<Outcome, number, Configuration>(world, {
    name,
    servers: CONTROLLERS,
    limits: limitsFor(-1),
    stateMachine: () => new ControllerStateMachine(settings),
    attach: (replica) => ({
      services: {
        [REPLICA_PATHS.command]: (command, respond) =>
          replica.propose(command, (outcome) => {
            if (outcome.type === 'unknown') return respond(encodeReplicaAnswer(outcome));
            if (outcome.type !== 'applied') return respond(encodeReplicaAnswer(declined(outcome)));
            const { index, result } = outcome;
            respond(encodeReplicaAnswer({ type: 'done', index, result: encodeOutcome(result) }));
          }),
        [REPLICA_PATHS.query]: (number, respond) =>
          replica.query(Number(new TextDecoder().decode(number)), (outcome) => {
            if (outcome.type !== 'answered') return respond(encodeReplicaAnswer(declined(outcome)));
            const { index, answer } = outcome;
            respond(encodeReplicaAnswer({ type: 'done', index, result: encodeConfiguration(answer) }));
          }),
      },
    }),
  });
  return { world, group: simulatedGroup(group), names: group.servers.map((server) => group.nameOf(server)) };
}

/** One at a time, and each until it is answered, as the course's clerk does. */
export class LabControllerClerk {
  readonly #line: GroupLine;
  readonly #client: string;
  #sequence = 0;

  constructor({ world, names }: LabController, random: Random) {
    this.#line = new GroupLine(world, names, random);
    this.#client = `clerk-${random.below(2 ** 31)}`;
  }

  cut(): void {
    this.#line.cut();
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

  *query(number: number): Process<Configuration> {
    const configuration = yield* this.find(number, FOR_EVER_MS);
    check(configuration !== undefined, 'a query that waits for ever ended without an answer');
    return configuration;
  }

  latest(): Process<Configuration> {
    return this.query(LATEST);
  }

  /** Undefined if there was no answer in time. */
  *find(number: number, patienceMs: number): Process<Configuration | undefined> {
    const body = new TextEncoder().encode(String(number));
    const answer = yield* this.#line.ask(REPLICA_PATHS.query, body, patienceMs);
    return answer?.type === 'done' ? decodeConfiguration(answer.result) : undefined;
  }

  *#change(change: Change): Process<Configuration> {
    this.#sequence += 1;
    const command = encodeCommand({ client: this.#client, sequence: this.#sequence, change });
    const answer = yield* this.#line.ask(REPLICA_PATHS.command, command, FOR_EVER_MS);
    check(answer?.type === 'done', `a ${change.type} was answered with ${answer?.type}`);
    const outcome = decodeOutcome(answer.result);
    check(outcome.type === 'configured', `a ${change.type} was answered with ${JSON.stringify(outcome)}`);
    return outcome.configuration;
  }
}
