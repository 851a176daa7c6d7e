/**
 * Takes back a voter that has lost its disk. The new disk is what the voter itself says that it is: so a request that is
 * late, or comes twice, never speaks for one that was made later.
 */

import { invariant, type ReplicaId, type Standing } from '../raft/index.ts';
import { OWN_STANDING, READMISSION, REPLICA_PATHS } from '../replica/index.ts';
import type { Call, CallOutcome, CallPort } from './call.ts';
import { GroupCaller } from './group-caller.ts';

/** Answered with `readmitted`, or with what it is instead of forgetful. */
export function* readmission(
  replicas: readonly string[],
  replica: ReplicaId,
  port: CallPort,
  timeoutMs: number,
): Call<CallOutcome<Standing>> {
  const name = replicas[replica - 1];
  invariant(name !== undefined, `the group has no replica ${replica}`);
  const attempt = { replica: name, path: REPLICA_PATHS.standing, body: new Uint8Array(0), timeoutMs };
  const answer = yield { type: 'ask', attempt };
  const own = answer && OWN_STANDING.tryDecode(answer);
  if (own === undefined) return { type: 'failed', reason: 'no-answer', mayBeExecuted: false };
  const { standing, disk } = own;
  if (standing !== 'forgetful' || disk === undefined) {
    return { type: 'answered', result: standing, ageMsMax: undefined, mayBeExecuted: false };
  }
  const body = READMISSION.encode({ replica, disk });
  const outcome = yield* new GroupCaller(replicas, port).untilAnswered(
    REPLICA_PATHS.readmit,
    body,
    timeoutMs,
  );
  return outcome.type === 'answered' ? { ...outcome, result: 'readmitted' } : outcome;
}
