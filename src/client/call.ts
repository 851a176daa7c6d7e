import type { REPLICA_PATHS, ReplicaAnswer } from '../protocol/index.ts';
import type { ReplicaId } from '../raft/index.ts';

/** What a replica is asked to do. */
export interface Request {
  readonly path: typeof REPLICA_PATHS.command | typeof REPLICA_PATHS.query;
  readonly body: Uint8Array;
}

/** What a call wants done next by whoever carries it on. */
export type Step =
  /** Resume with the answer; with undefined when none came in time, or none that could be read. */
  | { readonly type: 'ask'; readonly replica: ReplicaId; readonly request: Request }
  /** Resume with undefined after so long. */
  | { readonly type: 'pause'; readonly durationMs: number };

/**
 * A call on its way. It does no I/O of its own: whoever drives it carries out its steps, over `fetch` or in virtual
 * time. It may be given up at any step with `return`; then its
 * outcome is unknown.
 */
export type Call<Outcome> = Generator<Step, Outcome, ReplicaAnswer | undefined>;
