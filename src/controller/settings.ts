/** Part of the state machine: all replicas of a controller must agree on these. */
export interface ControllerSettings {
  /** Chosen when a cluster is created, for as long as it lives. */
  readonly shardCount: number;
  /** Whether the last group may leave, which leaves all shards to nobody and their data unreachable. */
  readonly allowEmpty: boolean;
  readonly clientIdCharactersMax: number;
  readonly groupsMax: number;
  readonly replicasPerGroupMax: number;
  readonly replicaNameCharactersMax: number;
}

export const DEFAULT_CONTROLLER_SETTINGS: ControllerSettings = {
  shardCount: 64,
  allowEmpty: false,
  clientIdCharactersMax: 64,
  groupsMax: 256,
  replicasPerGroupMax: 9,
  replicaNameCharactersMax: 64,
};
