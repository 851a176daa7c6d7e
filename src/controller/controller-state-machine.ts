import type { Configuration } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { decodeCommand } from './command-codec.ts';
import type { Outcome } from './commands.ts';
import type { ControllerSettings } from './settings.ts';
import { applyCommand, queryConfiguration } from './state-machine.ts';

/** Which configuration: its number, or `LATEST`. */
export type ControllerQuery = number;

/** The state machine of the controller's group, in the shape that a replica wants. */
export class ControllerStateMachine {
  readonly #settings: ControllerSettings;

  constructor(settings: ControllerSettings) {
    this.#settings = settings;
  }

  apply(table: Table, command: Uint8Array): Outcome {
    return applyCommand(table, decodeCommand(command), this.#settings);
  }

  query(table: TableReader, number: ControllerQuery): Configuration {
    return queryConfiguration(table, number, this.#settings);
  }
}
