/** Part of the state machine: all replicas of a controller must agree on these. */
export interface ControllerSettings {
  /** Chosen when a cluster is created, for as long as it lives: what is made later has as many as what was before. */
  readonly shardCount: number;
  /** Whether the last group may leave, which leaves all shards to nobody and their data unreachable. */
  readonly allowEmpty: boolean;
  /** Whether there may be more groups than shards. Those without one cost as much as the others. */
  readonly allowIdleGroups: boolean;
  readonly clientIdCharactersMax: number;
  readonly groupsMax: number;
  /** Groups that a join gives shards at once; the others of the same join follow when those have theirs. */
  readonly joiningMax: number;
  /** Groups that were ever declared lost. Their names are never used again. */
  readonly lostMax: number;
  readonly replicasPerGroupMax: number;
  readonly replicaNameCharactersMax: number;
  /** Configurations that are kept. A change that would take one away which a group still needs is refused. */
  readonly historyMax: number;
  /** Clients that are remembered: the one that was silent for longest makes room. */
  readonly sessionsMax: number;
}

export const DEFAULT_CONTROLLER_SETTINGS: ControllerSettings = {
  shardCount: 64,
  allowEmpty: false,
  allowIdleGroups: false,
  clientIdCharactersMax: 64,
  groupsMax: 256,
  joiningMax: 4,
  lostMax: 256,
  replicasPerGroupMax: 9,
  replicaNameCharactersMax: 64,
  historyMax: 1024,
  sessionsMax: 1024,
};
