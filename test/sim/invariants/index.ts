import { AcknowledgedWritesKept } from './acknowledged-writes-kept.ts';
import { AppliedOnce } from './applied-once.ts';
import { CommittedOnQuorum } from './committed-on-quorum.ts';
import { ElectionSafety } from './election-safety.ts';
import { ForgetfulHasNoVote } from './forgetful-has-no-vote.ts';
import { FreshReads } from './fresh-reads.ts';
import type { Invariant } from './invariant.ts';
import { LeaderCompleteness } from './leader-completeness.ts';
import { LogMatching } from './log-matching.ts';
import { MessageLimits } from './message-limits.ts';
import { Monotone } from './monotone.ts';
import { OneVoteATerm } from './one-vote-a-term.ts';
import { PreVoteChangesNothing } from './pre-vote-changes-nothing.ts';
import { StateMachineSafety } from './state-machine-safety.ts';
import { TurnBytes } from './turn-bytes.ts';

export type { Invariant } from './invariant.ts';
export { OneOwnerAShard, ShardOwners } from './one-owner-a-shard.ts';

export function allInvariants(messageBytesMax: number, turnBytesMax: number): readonly Invariant[] {
  return [
    new ElectionSafety(),
    new OneVoteATerm(),
    new LogMatching(),
    new CommittedOnQuorum(),
    new StateMachineSafety(),
    new LeaderCompleteness(),
    new AppliedOnce(),
    new Monotone(),
    new AcknowledgedWritesKept(),
    new FreshReads(),
    new PreVoteChangesNothing(),
    new ForgetfulHasNoVote(),
    new MessageLimits(messageBytesMax),
    new TurnBytes(turnBytesMax),
  ];
}
