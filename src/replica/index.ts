export { REPLICA_ANSWER, type ReplicaAnswer, withResult } from './answer.ts';
export { BATCH, type Batch } from './batch-codec.ts';
export type { Clock, OnReply, Transport } from './host.ts';
export { MESSAGE, PEER_ANSWER } from './message-codec.ts';
export { DEFAULT_REPLICA_LIMITS, type ReplicaLimits, type ReplicaOptions } from './options.ts';
export type { ReplicaParts, ReplicaStatus } from './parts.ts';
export { REPLICA_PATHS, type ReplicaPath } from './paths.ts';
export { Replica } from './replica.ts';
export type { StateMachine } from './state-machine.ts';
