/** Where things are. The two stores speak the same protocol; a key follows the slash. */
export const PATHS = {
  /** The replicated store. */
  kv: '/v1/kv',
  /** The unreplicated server. */
  solo: '/v1/solo',
  /** Many operations on the replicated store in one request. */
  batch: '/v1/batch',
  sessions: '/v1/sessions',
  status: '/v1/status',
  /** The latest notes of what the replicas of one group did. */
  trace: '/v1/trace',
  /** Which group has which shard, and the changes of that. */
  cluster: '/v1/cluster',
  mapReduce: '/v1/mapreduce',
} as const;

export type StorePath = typeof PATHS.kv | typeof PATHS.solo;

/** Query parameters: the first two of a read, the last of a trace. `position` says what the header of that name says. */
export const PARAMETERS = {
  consistency: 'consistency',
  position: 'position',
  group: 'group',
} as const;

/**
 * `linearizable`: the read takes place at one moment between its call and its answer.
 * `stale`: any replica answers from what it has, once that includes what the request's position says.
 */
export const CONSISTENCIES = ['linearizable', 'stale'] as const;
export type Consistency = (typeof CONSISTENCIES)[number];
