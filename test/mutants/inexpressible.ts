/** Bugs of the list that no mutant stands for, and why. */
export interface Inexpressible {
  readonly item: string;
  readonly bug: string;
  readonly reason: string;
}

export const INEXPRESSIBLE: readonly Inexpressible[] = [
  {
    item: 'A1',
    bug: 'term and vote written as two records',
    reason: 'they are one value in one row; its loss is the mutant vote-is-not-stored',
  },
  {
    item: 'A3',
    bug: 'a vote counted twice, or from a non-voter',
    reason:
      'a candidate asks each peer once a term, and a call has one reply; groups of the simulator have no learners',
  },
  {
    item: 'A3',
    bug: 'the own vote counted before it is durable',
    reason:
      'changes nothing: the request for votes waits for that very write, so nobody can have answered before',
  },
  {
    item: 'A6',
    bug: 'a pre-vote postpones the election of the one who is asked',
    reason:
      'only makes elections later, which no property forbids; the golden scripts of test/unit/raft show timers',
  },
  {
    item: 'A8',
    bug: 'heartbeats of a task that sees a new term while another still runs in the old one',
    reason: 'the core is one synchronous function; what is left of it, late replies, has mutants',
  },
  {
    item: 'A9',
    bug: 'a refused vote postpones an own election',
    reason: 'as the second of A6: only later; and behind the pre-vote refusals hardly occur',
  },
  {
    item: 'B18',
    bug: 'the completion of an overwritten write makes its successor durable (ABA)',
    reason:
      'changes nothing here: flushes complete in order, the vote that makes a leader is written after all it has taken as a follower, and a leader overwrites nothing',
  },
  {
    item: 'B20',
    bug: 'back-up by one entry at a time',
    reason: 'only slower; the golden scripts of test/unit/raft count the round trips',
  },
  {
    item: 'C23',
    bug: 'a late resend gets the reply to a newer call',
    reason: 'nobody waits for it: a clerk has one call outstanding; test/unit/kv checks what is answered',
  },
  {
    item: 'C27',
    bug: 'entries that agree with a snapshot are dropped with the log',
    reason:
      'needs a snapshot that is ahead of the commit index and behind the log; test/unit/raft makes one by hand',
  },
  {
    item: 'E35',
    bug: 'leases',
    reason: 'there are none: no answer depends on a clock',
  },
  {
    item: 'E36',
    bug: 'a read is not released by a snapshot that jumps past its index',
    reason:
      'only a leader holds reads that are decided, and it applies its own first entry before anything else; the mutant of E36 covers batches',
  },
  {
    item: 'F40',
    bug: 'one alarm for many purposes',
    reason: 'a replica has one deadline and one timer; that it is set at all is the mutant of F40',
  },
  {
    item: 'F42',
    bug: 'a step within a step',
    reason:
      'ports call back later, as promises do; only a flush may do so at once, and there the inner step needs nothing that the outer has still to do',
  },
  {
    item: 'F41',
    bug: 'state machines of two versions apply the same entry',
    reason:
      'there is one version; what only a newer one reads is not proposed before all replicas have announced it, as test/unit/store/format-gate shows',
  },
];
