/** Where the host of a replica takes what others ask of it; the bytes that belong to a path are its codec's. */
export const REPLICA_PATHS = {
  /** A message of another replica. */
  raft: '/raft',
  /** A command of the state machine: executed by the leader. */
  command: '/command',
  /** A query: linearizable, answered by the leader. */
  query: '/query',
  /** Commands and queries that share a call; each has its own answer (gathered.ts). */
  gathered: '/gathered',
  /** A query to this replica's own state, which may be behind. */
  localQuery: '/local-query',
  /** What another group asks about a shard that moves. */
  shard: '/shard',
  /** "You are needed": elect a leader if there is none. */
  wake: '/wake',
  /** What this replica knows of its part in the group. */
  standing: '/standing',
  /** An operator takes back a voter that has lost its disk: answered by the leader, when it is done. */
  readmit: '/readmit',
  /** An operator gives up a disk that is damaged: its replica begins anew with an empty one. */
  discard: '/discard',
  /** For people, in JSON. */
  status: '/status',
  /** The latest notes of this replica: for people, a line each. No answer when it keeps none. */
  trace: '/trace',
  /** What the group is doing to move shards: for people, in JSON. */
  work: '/work',
} as const;

export type ReplicaPath = (typeof REPLICA_PATHS)[keyof typeof REPLICA_PATHS];
