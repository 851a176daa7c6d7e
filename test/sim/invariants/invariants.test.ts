/** Each invariant lets pass what is right, and fires at what is wrong. */

import { expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, type Message, ORIGIN } from '../../../src/raft/index.ts';
import { EXECUTED_PART, EXECUTED_PART_KEY } from '../../../src/replica/index.ts';
import { AcknowledgedWritesKept } from './acknowledged-writes-kept.ts';
import { AppliedOnce } from './applied-once.ts';
import { CommittedOnQuorum } from './committed-on-quorum.ts';
import { ElectionSafety } from './election-safety.ts';
import { FreshReads } from './fresh-reads.ts';
import { entry, HandMadeHistory } from './history.ts';
import type { Invariant } from './invariant.ts';
import { LeaderCompleteness } from './leader-completeness.ts';
import { LogMatching } from './log-matching.ts';
import { MessageLimits } from './message-limits.ts';
import { Monotone } from './monotone.ts';
import { OneVoteATerm } from './one-vote-a-term.ts';
import { PreVoteChangesNothing } from './pre-vote-changes-nothing.ts';
import { StateMachineSafety } from './state-machine-safety.ts';
import { TurnBytes } from './turn-bytes.ts';

function expectToFire(
  invariant: Invariant,
  right: (history: HandMadeHistory) => () => void,
  message: RegExp,
): void {
  const history = new HandMadeHistory(invariant);
  const goWrong = right(history);
  expect(history.violation).toBeUndefined();
  goWrong();
  expect(history.violation?.invariant).toBe(invariant.name);
  expect(history.violation?.message).toMatch(message);
}

const vote = (from: number, to: number, term: number): Message => ({
  type: 'vote-reply',
  from: asReplicaId(from),
  to: asReplicaId(to),
  term: asTerm(term),
  granted: true,
});

test('election safety: two leaders in a term', () => {
  expectToFire(
    new ElectionSafety(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.step(one, { role: 'leader', term: 1 });
      history.step(two, { role: 'leader', term: 2 });
      return () => history.step(two, { role: 'leader', term: 1 });
    },
    /term 1 has the leaders 1 .* and 2/,
  );
});

test('election safety: two lives of one replica lead the same term', () => {
  expectToFire(
    new ElectionSafety(),
    (history) => {
      const zombie = history.open(1);
      const heir = history.open(1);
      history.step(zombie, { role: 'leader', term: 1 });
      return () => history.step(heir, { role: 'leader', term: 1 });
    },
    /life 1.*life 2/,
  );
});

test('one vote a term: also over a restart', () => {
  expectToFire(
    new OneVoteATerm(),
    (history) => {
      history.send(history.open(1), vote(1, 2, 5));
      history.send(history.open(1), vote(1, 2, 5));
      history.send(history.open(1), vote(1, 3, 6));
      return () => history.send(history.open(1), vote(1, 3, 5));
    },
    /replica 1 votes in term 5 for 2 and for 3/,
  );
});

test('log matching: another entry at the same index and term', () => {
  expectToFire(
    new LogMatching(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.append(one, [entry(1, 1), entry(2, 1)]);
      history.append(two, [entry(1, 1)]);
      return () => history.append(two, [entry(2, 1, 'other')]);
    },
    /entry 2 of term 1 differs/,
  );
});

test('log matching: the same entry after another one', () => {
  expectToFire(
    new LogMatching(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.append(one, [entry(1, 1), entry(2, 3)]);
      history.append(two, [entry(1, 2)]);
      return () => history.append(two, [entry(2, 3)]);
    },
    /entry 2 of term 3 follows one of term 2, elsewhere of 1/,
  );
});

test('committed on a quorum: a write that is not durable does not count', () => {
  expectToFire(
    new CommittedOnQuorum(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.open(3);
      history.append(one, [entry(1, 1), entry(2, 1)]);
      history.append(two, [entry(1, 1)]);
      history.append(two, [entry(2, 1)], false);
      history.step(one, { role: 'leader', commit: 1 });
      return () => history.step(one, { role: 'leader', commit: 2 });
    },
    /entry 2 of term 1 is committed, and on 1 of 3 disks/,
  );
});

test('state machine safety: another entry is committed at the same index', () => {
  expectToFire(
    new StateMachineSafety(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.append(one, [entry(1, 1)]);
      history.append(two, [entry(1, 2)]);
      history.step(one, { commit: 1 });
      return () => history.step(two, { commit: 1 });
    },
    /replica 2 commits at 1 an entry of term 2; it was one of term 1/,
  );
});

test('state machine safety: the same entries lead to another state', () => {
  expectToFire(
    new StateMachineSafety(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.apply(one, entry(1, 1), new Map([['key', Uint8Array.of(1)]]));
      return () => history.apply(two, entry(1, 1), new Map([['key', Uint8Array.of(2)]]));
    },
    /replica 2 has another state than others had at 1/,
  );
});

test('state machine safety: a state on disk that is not that of its applied index', () => {
  expectToFire(
    new StateMachineSafety(),
    (history) => {
      history.apply(history.open(1), entry(1, 1), new Map([['key', Uint8Array.of(1)]]));
      return () => history.open(1, { applied: 1 });
    },
    /replica 1 has another state/,
  );
});

test('leader completeness: a later leader lacks what was committed', () => {
  expectToFire(
    new LeaderCompleteness(),
    (history) => {
      const [one, two, three] = [history.open(1), history.open(2), history.open(3)];
      for (const life of [one, two]) history.append(life, [entry(1, 2)]);
      history.step(one, { role: 'leader', term: 2, commit: 1 });
      history.step(two, { role: 'leader', term: 4 });
      // Elected before, though it is seen later.
      history.step(three, { role: 'leader', term: 1 });
      return () => history.step(three, { role: 'leader', term: 5 });
    },
    /replica 3 leads term 5 without entry 1 of term 2, committed in term 2/,
  );
});

test('applied once: an entry is executed again', () => {
  expectToFire(
    new AppliedOnce(),
    (history) => {
      const one = history.open(1);
      history.append(one, [entry(1, 1, 'a'), entry(2, 1, 'b')]);
      history.execute(one, 'a');
      history.apply(one, entry(1, 1));
      return () => {
        history.execute(one, 'a');
        history.execute(one, 'b');
        history.apply(one, entry(2, 1));
      };
    },
    /replica 1 executed 2 commands for entries 2 to 2, which hold 1/,
  );
});

test('applied once: a part of an entry is executed again', () => {
  expectToFire(
    new AppliedOnce(),
    (history) => {
      const one = history.open(1);
      history.append(one, [entry(1, 1, 'a')]);
      const part = EXECUTED_PART.encode({ index: asIndex(1), commands: 1 });
      history.execute(one, 'a');
      history.apply(one, ORIGIN, new Map([[EXECUTED_PART_KEY, part]]));
      return () => {
        history.execute(one, 'a');
        history.apply(one, entry(1, 1), new Map([[EXECUTED_PART_KEY, undefined]]));
      };
    },
    /replica 1 executed 1 commands for entries 1 to 1, which hold 0/,
  );
});

test('turn bytes: a turn goes on that has changed as much as it may', () => {
  expectToFire(
    new TurnBytes(100),
    (history) => {
      const one = history.open(1);
      history.execute(one, 'a', 99);
      return () => history.execute(one, 'b', 100);
    },
    /replica 1 goes on in a turn that has changed 100 bytes, and may 100/,
  );
});

test('applied once: an entry is left out', () => {
  expectToFire(
    new AppliedOnce(),
    (history) => {
      const one = history.open(1);
      history.append(one, [entry(1, 1, 'a'), entry(2, 1, 'b')]);
      return () => {
        history.execute(one, 'b');
        history.apply(one, entry(2, 1));
      };
    },
    /executed 1 commands for entries 1 to 2, which hold 2/,
  );
});

test.each([
  ['term', { term: 4, commit: 5, applied: 5 }],
  ['commit', { term: 5, commit: 4, applied: 4 }],
  ['applied', { term: 5, commit: 5, applied: 4 }],
])('monotone: the %s falls', (name, fallen) => {
  expectToFire(
    new Monotone(),
    (history) => {
      const one = history.open(1);
      history.step(one, { term: 5, commit: 5, applied: 5 });
      return () => history.step(one, fallen);
    },
    new RegExp(`${name} fell from 5 to 4`),
  );
});

test('monotone: what was durable is gone after a restart', () => {
  expectToFire(
    new Monotone(),
    (history) => {
      history.open(1, { term: 3, applied: 7 });
      history.open(1, { term: 3, applied: 7 });
      return () => history.open(1, { term: 3, applied: 6 });
    },
    /the disk of replica 1: applied fell from 7 to 6/,
  );
});

test('monotone: a leader forgets what a peer has acknowledged', () => {
  expectToFire(
    new Monotone(),
    (history) => {
      const one = history.open(1);
      const peers = (match: number) => [{ id: 2, match, next: 9, replication: 'probe', heardAgoMs: 0 }];
      history.step(one, { role: 'leader', term: 1, peers: peers(5) });
      history.step(one, { role: 'leader', term: 2, peers: peers(4) });
      return () => history.step(one, { role: 'leader', term: 2, peers: peers(3) });
    },
    /match of 2 fell from 4 to 3/,
  );
});

test('monotone: more is applied than is committed', () => {
  expectToFire(
    new Monotone(),
    (history) => {
      const one = history.open(1);
      return () => history.step(one, { commit: 3, applied: 4 });
    },
    /applied 4, commit 3/,
  );
});

test('acknowledged writes kept: the entry is not committed', () => {
  expectToFire(
    new AcknowledgedWritesKept(),
    (history) => {
      const one = history.open(1);
      history.append(one, [entry(1, 1, 'a')]);
      return () => history.acknowledge(1, 'a');
    },
    /acknowledged at 1, which is not committed/,
  );
});

test('acknowledged writes kept: the entry holds another write', () => {
  expectToFire(
    new AcknowledgedWritesKept(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      for (const life of [one, two]) history.append(life, [entry(1, 1, 'a')]);
      history.step(one, { role: 'leader', commit: 1 });
      history.acknowledge(1, 'a');
      return () => history.acknowledge(1, 'b');
    },
    /entry 1 does not hold the write/,
  );
});

test('acknowledged writes kept: a disk that held the write has lost it', () => {
  expectToFire(
    new AcknowledgedWritesKept(),
    (history) => {
      const [one, two] = [history.open(1), history.open(2)];
      history.open(3);
      for (const life of [one, two]) history.append(life, [entry(1, 1, 'a')]);
      history.step(one, { role: 'leader', commit: 1 });
      history.acknowledge(1, 'a');
      history.open(1, { entries: [entry(1, 1, 'a')] });
      return () => history.open(2);
    },
    /entry 1 was acknowledged, and is on 1 disks only/,
  );
});

test('fresh reads: the answer is older than what was committed when the read was asked', () => {
  expectToFire(
    new FreshReads(),
    (history) => {
      const one = history.open(1);
      history.append(one, [entry(1, 1), entry(2, 1)]);
      history.read(1);
      history.step(one, { commit: 2 });
      history.read(2);
      history.read(1, 0);
      return () => history.read(2, 1);
    },
    /a read was answered from entry 1; when it was asked, 2 was committed/,
  );
});

test('pre-vote changes nothing: the one who was asked takes the term', () => {
  expectToFire(
    new PreVoteChangesNothing(),
    (history) => {
      const one = history.open(1);
      const asked = { from: asReplicaId(2), to: asReplicaId(1), term: asTerm(9), last: ORIGIN };
      history.step(one, { term: 3 });
      history.receive(one, { ...asked, type: 'vote-request', transfer: false });
      history.step(one, { term: 5 });
      history.receive(one, { ...asked, type: 'pre-vote-request' });
      history.step(one, { term: 5 });
      history.receive(one, { ...asked, type: 'pre-vote-request' });
      return () => history.step(one, { term: 9 });
    },
    /asked for a pre-vote in term 5 as follower, and is in term 9/,
  );
});

test('message limits: several entries that are larger than the limit', () => {
  const append = (entries: Parameters<typeof entry>[0][]): Message => ({
    type: 'append-request',
    from: asReplicaId(1),
    to: asReplicaId(2),
    term: asTerm(1),
    previous: ORIGIN,
    entries: entries.map((index) => entry(index, 1)),
    commit: ORIGIN.index,
    readRound: 0,
    touch: false,
  });
  expectToFire(
    new MessageLimits(1),
    (history) => {
      const one = history.open(1);
      history.send(one, append([]));
      history.send(one, append([1]));
      return () => history.send(one, append([1, 2]));
    },
    /an append carries 2 entries/,
  );
});
