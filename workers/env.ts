import type { LocalSettings } from './middleware/local-guard.ts';
import type { DiskHost } from './objects/disk-gauge.ts';

/** The bindings of wrangler.toml. */
export interface Env extends LocalSettings {
  readonly STORE_REPLICA: DurableObjectNamespace;
  readonly CONTROLLER_REPLICA: DurableObjectNamespace;
  readonly KV_SERVER: DurableObjectNamespace;
  readonly MAPREDUCE_COORDINATOR: DurableObjectNamespace;
  readonly MAPREDUCE_WORKER: DurableObjectNamespace;
  readonly MAPREDUCE_CATALOGUE: DurableObjectNamespace;
  readonly MAPREDUCE_BUCKET: R2Bucket;
  /** Jobs that run at a time; jobs that are known, those that have ended with them; bytes of their outputs. */
  readonly MAPREDUCE_RUNNING_MAX: number;
  readonly MAPREDUCE_JOBS_MAX: number;
  readonly MAPREDUCE_OUTPUT_BYTES_MAX: number;
  readonly REPLICAS_PER_GROUP: number;
  /** The store groups that a cluster begins with. */
  readonly FIRST_GROUPS: readonly number[];
  readonly SHARDS: number;
  /** How often a store group looks for a new configuration. */
  readonly CONFIGURATION_POLL_MS: number;
  readonly LOCATION_HINTS: readonly string[];
  readonly ELECTION_TIMEOUT_MS: number;
  readonly HEARTBEAT_INTERVAL_MS: number;
  readonly REPLY_TIMEOUT_MS: number;
  readonly REQUEST_DEADLINE_MS: number;
  /** What the database of one object may hold; from 80 % on nothing may be added. */
  readonly DISK_BYTES_MAX: number;
  /** Where objects share the disk of a machine: answers how much of it is left (tools/server). */
  readonly DISK_GAUGE?: DiskHost | undefined;
  /** A secret that signs client ids. Without it the controller's group keeps one. */
  readonly CLIENT_ID_KEY?: string;
  /** How many notes of what it does a replica keeps in memory; 0: it makes none. */
  readonly TRACE_NOTES_MAX: number;
}

/** A deployment without the setting keeps no notes either. */
export const isTraced = ({ TRACE_NOTES_MAX }: Env): boolean => TRACE_NOTES_MAX > 0;
