import type { RaftServerObject } from './raft-server-object.ts';

/** The bindings of wrangler.toml beside this file. */
export interface LabEnv {
  readonly RAFT_SERVER: DurableObjectNamespace<RaftServerObject>;
}
