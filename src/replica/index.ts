export { type Batch, decodeBatch, encodeBatch } from './batch-codec.ts';
export type { Clock, Transport } from './host.ts';
export { DEFAULT_REPLICA_LIMITS, type ReplicaLimits, type ReplicaOptions } from './options.ts';
export type { Declined, LocalQueryOutcome, ProposeOutcome, QueryAtOutcome, QueryOutcome } from './outcome.ts';
export type { ReplicaParts, ReplicaStatus } from './parts.ts';
export { Replica } from './replica.ts';
export type { StateMachine } from './state-machine.ts';
