/**
 * Calls as step functions: what a client does next depends on nothing but the answers so far and the clock. Whoever
 * drives a call carries its steps out, over `fetch` or in virtual time, so that the simulator runs the deployed clients.
 */

import type { ReplicaId } from '../raft/index.ts';
import type { ReplicaPath } from '../replica/index.ts';
import type { GroupId, ShardId } from '../shard/index.ts';

/** One request to one replica. */
export interface Attempt {
  /** The name of the replica, as configurations have it. */
  readonly replica: string;
  readonly path: ReplicaPath;
  readonly body: Uint8Array;
  /** Later nobody waits for the answer. */
  readonly timeoutMs: number;
}

type Step =
  /** Resume with the bytes of the answer; with undefined when none came in time, and nobody knows why. */
  | { readonly type: 'ask'; readonly attempt: Attempt }
  /** Resume with undefined after so long. */
  | { readonly type: 'pause'; readonly durationMs: number };

export type Call<Outcome> = Generator<Step, Outcome, Uint8Array | undefined>;

/** Where calls are carried out. Each `done` is called once, later. */
export interface CallPort {
  /** Milliseconds on a clock that does not run backwards. */
  nowMs(): number;
  /** Milliseconds since 1970, as good as this machine knows. */
  wallClockMs(): number;
  /** A uniform integer in [0, bound). */
  random(bound: number): number;
  ask(attempt: Attempt, done: (answer: Uint8Array | undefined) => void): void;
  pause(durationMs: number, done: () => void): void;
}

export function carryOut<Outcome>(
  call: Call<Outcome>,
  port: CallPort,
  done: (outcome: Outcome) => void,
  failed: (error: unknown) => void = rethrow,
): void {
  const resume = (answer: Uint8Array | undefined): void => {
    let step: IteratorResult<Step, Outcome>;
    try {
      step = call.next(answer);
    } catch (error) {
      return failed(error);
    }
    if (step.done) return done(step.value);
    const { value } = step;
    if (value.type === 'ask') port.ask(value.attempt, resume);
    else port.pause(value.durationMs, () => resume(undefined));
  };
  resume(undefined);
}

/** What a call came to. */
export type CallOutcome<Result> =
  | {
      readonly type: 'answered';
      readonly result: Result;
      /** For how long newer writes may have been missed; undefined if none can have been, or nobody knows. */
      readonly ageMsMax: number | undefined;
      /** An attempt before the one that was answered may be executed, too: the session makes it count once. */
      readonly mayBeExecuted: boolean;
    }
  /** Without `mayBeExecuted`, nothing was executed, nor will be. */
  | {
      readonly type: 'failed';
      /** `storage-full`: the group that serves the key has no room for more. */
      readonly reason: 'no-answer' | 'overloaded' | 'storage-full';
      readonly mayBeExecuted: boolean;
      readonly why?: Unanswered | undefined;
    }
  /** The group's log takes no such command: this replica cannot read it yet. */
  | {
      readonly type: 'failed';
      readonly reason: 'unreadable';
      readonly replica: ReplicaId;
      readonly mayBeExecuted: boolean;
    }
  /** Nor one so long. */
  | {
      readonly type: 'failed';
      readonly reason: 'too-large';
      readonly bytesMax: number;
      readonly mayBeExecuted: boolean;
    };

/** Why nobody has answered, as far as those who asked could see. Each is said of the last attempt. */
export type Unanswered =
  /** No replica of the group says anything. */
  | { readonly type: 'group-silent'; readonly group: GroupId }
  /** Replicas of the group answer, and none of them leads. */
  | { readonly type: 'no-leader'; readonly group: GroupId | undefined }
  /** Groups answer, and the shard is on its way between them. */
  | { readonly type: 'shard-moving'; readonly shard: ShardId; readonly group: GroupId }
  /** Which group serves the shard is known to the controller alone. */
  | { readonly type: 'controller-silent' }
  /** The cluster was made with `made` shards, and the settings say `set`: nobody knows where a key is. */
  | { readonly type: 'shard-count'; readonly made: number; readonly set: number };

function rethrow(error: unknown): never {
  throw error;
}
