export { decodeCommand, encodeCommand } from './command-codec.ts';
export { type Change, type Command, type Outcome, REFUSALS, type Refusal } from './commands.ts';
export { type ControllerQuery, ControllerStateMachine } from './controller-state-machine.ts';
export { decodeOutcome, encodeOutcome } from './outcome-codec.ts';
export { rebalance } from './rebalance.ts';
export { type ControllerSettings, DEFAULT_CONTROLLER_SETTINGS } from './settings.ts';
export { applyCommand, LATEST, queryConfiguration } from './state-machine.ts';
