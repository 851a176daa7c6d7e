/**
 * Takes back a voter that has lost its disk, and makes one whose disk is damaged lose it first. The new disk is what the
 * voter itself says that it is: so a request that is late, or comes twice, never speaks for one that was made later.
 *
 * client.D1  A damaged disk is given up only if a majority of the voters, all of them others, have just said of themselves
 *     that they are members. So they can take the replica back without it, and of a group that has lost its majority no
 *     disk is given up: what is on it may be all there is.
 */

import { asReplicaId, Membership, type ReplicaId } from '../raft/index.ts';
import { DISCARDING, OWN_STANDING, type OwnStanding, READMISSION, REPLICA_PATHS } from '../replica/index.ts';
import type { Attempt, Call, CallOutcome, CallPort } from './call.ts';
import { GroupCaller } from './group-caller.ts';

export interface ReadmissionOrder {
  /** Names of replicas of the group, as far as they are known; the group itself says who its voters are. */
  readonly known: readonly string[];
  readonly nameOf: (replica: ReplicaId) => string;
  readonly replica: ReplicaId;
  /** How long one replica has to say what it is. */
  readonly patienceMs: number;
}

/** What the replica is now; `stranger`: none of the group. */
export type TakenBack = OwnStanding['standing'] | 'stranger';

/** Answered with `readmitted`, or with what it is instead of forgetful. */
export function* readmission(
  { known, nameOf, replica, patienceMs }: ReadmissionOrder,
  port: CallPort,
  timeoutMs: number,
): Call<CallOutcome<TakenBack>> {
  const untilMs = port.nowMs() + timeoutMs;
  const timeout = (): number => Math.max(0, Math.min(patienceMs, untilMs - port.nowMs()));
  const name = nameOf(replica);
  // The replica itself comes last: to ask one that is none would make it.
  const others = known.filter((other) => other !== name);
  const voters = yield* votersOf(others, timeout);
  if (voters === undefined ? !known.includes(name) : !voters.includes(replica)) return answered('stranger');
  const own = yield* standingOf(name, timeout());
  if (own === undefined) return NO_ANSWER;
  const { standing, disk } = own;
  if (voters === undefined) return answered(standing);
  if (standing === 'damaged' && disk !== undefined) {
    if (!(yield* canSpare(voters, replica, nameOf, timeout))) return answered('damaged');
    const body = DISCARDING.encode({ disk, voters });
    return told(yield* ask({ replica: name, path: REPLICA_PATHS.discard, body, timeoutMs: timeout() }));
  }
  if (standing !== 'forgetful' || disk === undefined) return answered(standing);
  const names = Array.from({ length: Math.max(...voters) }, (_, at) => nameOf(asReplicaId(at + 1)));
  const body = READMISSION.encode({ replica, disk });
  const leftMs = untilMs - port.nowMs();
  const outcome = yield* new GroupCaller(names, port).untilAnswered(REPLICA_PATHS.readmit, body, leftMs);
  return outcome.type === 'answered' ? { ...outcome, result: 'readmitted' } : outcome;
}

/** As the first says who belongs to a formed group. */
function* votersOf(names: readonly string[], timeout: () => number): Call<readonly ReplicaId[] | undefined> {
  for (const name of names) {
    const own = yield* standingOf(name, timeout());
    if (own !== undefined && own.voters.length > 0) return own.voters;
  }
  return undefined;
}

/** client.D1 */
function* canSpare(
  voters: readonly ReplicaId[],
  replica: ReplicaId,
  nameOf: (replica: ReplicaId) => string,
  timeout: () => number,
): Call<boolean> {
  const membership = Membership.of(voters, []);
  const members = new Set<ReplicaId>();
  for (const voter of membership.votersBut(replica)) {
    const own = yield* standingOf(nameOf(voter), timeout());
    if (own?.standing === 'member') members.add(voter);
  }
  return membership.isQuorum(members);
}

function* standingOf(replica: string, timeoutMs: number): Call<OwnStanding | undefined> {
  return yield* ask({ replica, path: REPLICA_PATHS.standing, body: new Uint8Array(0), timeoutMs });
}

function* ask(attempt: Attempt): Call<OwnStanding | undefined> {
  const answer = yield { type: 'ask', attempt };
  return answer && OWN_STANDING.tryDecode(answer);
}

const NO_ANSWER = { type: 'failed', reason: 'no-answer', mayBeExecuted: false } as const;

function told(own: OwnStanding | undefined): CallOutcome<TakenBack> {
  return own === undefined ? { ...NO_ANSWER, mayBeExecuted: true } : answered(own.standing);
}

function answered(result: TakenBack): CallOutcome<TakenBack> {
  return { type: 'answered', result, ageMsMax: undefined, mayBeExecuted: false };
}
