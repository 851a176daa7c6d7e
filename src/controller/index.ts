export {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  type Change,
  type ChangeCommand,
  type ChangeRefusal,
  type ChangeResult,
  CONFIGURATION_QUERY,
  type ConfigurationChange,
  type ConfigurationQuery,
} from './commands.ts';
export { rebalance } from './rebalance.ts';
export { type ControllerSettings, DEFAULT_CONTROLLER_SETTINGS } from './settings.ts';
export { ControllerStateMachine } from './state-machine.ts';
