/** A client of a controller, as the course's tests see it. Asynchronous, so that a clerk over a network fits too. */
import {
  CHANGE_COMMAND,
  type Change,
  type ChangeResult,
  type ControllerSettings,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import type { Configuration, GroupId, Groups, ShardId } from '../../../src/shard/index.ts';
import type { Row, Table } from '../../../src/storage/index.ts';
import type { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { LAB_SHARD_COUNT } from './configuration-checks.ts';

export interface ControllerClerk {
  readonly join: (groups: Groups) => Promise<ChangeResult>;
  readonly leave: (groups: readonly GroupId[]) => Promise<ChangeResult>;
  readonly move: (shard: ShardId, group: GroupId) => Promise<ChangeResult>;
  /** The latest configuration without a number. */
  readonly query: (number?: number) => Promise<Configuration>;
}

/** The course's controller: ten shards, and the last group may leave. */
export const LAB_SETTINGS: ControllerSettings = {
  ...DEFAULT_CONTROLLER_SETTINGS,
  shardCount: LAB_SHARD_COUNT,
  allowEmpty: true,
  allowIdleGroups: true,
  joiningMax: 256,
};

export const LAB_MACHINE = new ControllerStateMachine(LAB_SETTINGS);

/** A log of one replica: what is submitted is applied at once, and kept as bytes to be applied elsewhere. */
export interface LocalController {
  readonly table: Table;
  readonly log: Uint8Array[];
}

/** `turn` is awaited before and after each command: there clients may overtake one another. */
export function createLocalClerk(
  controller: LocalController,
  client: string,
  turn: () => Promise<void> = async () => {},
): ControllerClerk {
  let sequence = 0;
  const submit = async (change: Change): Promise<ChangeResult> => {
    sequence += 1;
    const payload = CHANGE_COMMAND.encode({ client, sequence, after: 0, change });
    await turn();
    const outcome = applyPayload(controller, payload);
    await turn();
    return outcome;
  };
  return {
    join: (groups) => submit({ type: 'join', groups }),
    leave: (groups) => submit({ type: 'leave', groups }),
    move: (shard, group) => submit({ type: 'move', shard, group }),
    query: async (number) => LAB_MACHINE.query(controller.table, { number }),
  };
}

/** All that a table holds: equal states have equal rows. */
export function rowsOf(table: MemoryTable): readonly Row[] {
  return [...table.rows({ from: '', to: undefined })];
}

export function applyPayload({ table, log }: LocalController, payload: Uint8Array): ChangeResult {
  log.push(payload);
  return LAB_MACHINE.apply(table, payload);
}
