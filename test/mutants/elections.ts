import type { Mutant } from './mutant.ts';

/** Block A: elections and terms. */
export const ELECTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'vote-leaves-before-it-is-written',
    item: 'A1',
    why: 'robustmq #2039, dragonboat #201: after a crash the replica votes again in the same term',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '    this.#parts.storage.flush(() => {\n',
        replace:
          "    const isVote = promises.some(({ type }) => type === 'vote-reply' || type === 'vote-request');\n" +
          '    const whenDurable = (done: () => void) => (isVote ? done() : this.#parts.storage.flush(done));\n' +
          '    whenDurable(() => {\n',
      },
    ],
  },
  {
    name: 'vote-is-not-stored',
    item: 'A1',
    why: 'hashicorp/raft #661: term and vote written apart, and the vote is lost between',
    patches: [
      {
        file: 'raft/node.ts',
        find: 'this.outbox.write({ hardState });',
        replace: 'this.outbox.write({ hardState: { term: hardState.term, votedFor: undefined } });',
      },
    ],
  },
  {
    name: 'following-a-leader-clears-the-vote',
    item: 'A2',
    why: 'the Durable Object demo; CCF former_candidate_double_vote: a second vote in the same term',
    patches: [
      {
        file: 'raft/transitions.ts',
        find: 'if (term > node.term) node.setHardState({ term, votedFor: undefined });',
        replace:
          'if (term > node.term) node.setHardState({ term, votedFor: undefined });\n' +
          '  else node.hardState = { term, votedFor: undefined };',
      },
    ],
  },
  {
    name: 'vote-of-an-earlier-term-counts',
    item: 'A3',
    why: "CCF's tally: replies that come after their election is over",
    patches: [
      {
        file: 'raft/raft.ts',
        find: "if (message.term < node.term && message.type !== 'pre-vote-reply')",
        replace:
          "if (message.term < node.term && message.type !== 'pre-vote-reply' && message.type !== 'vote-reply')",
      },
    ],
  },
  {
    name: 'refusal-counts-as-vote',
    item: 'A3',
    why: 'any reply taken for a vote',
    patches: [
      {
        file: 'raft/election.ts',
        find: "if (node.role.type === 'candidate') count(node, node.role, reply);",
        replace: "if (node.role.type === 'candidate') count(node, node.role, { ...reply, granted: true });",
      },
    ],
  },
  {
    name: 'term-falls-to-that-of-a-message',
    item: 'A4',
    why: 'the demo: a slow message of an old term is taken for news',
    patches: [
      {
        file: 'raft/raft.ts',
        find: '  if (message.term > node.term) {\n',
        replace: '  if (message.term !== node.term) {\n',
      },
    ],
  },
  {
    name: 'log-compared-as-a-vector',
    item: 'A5',
    why: "openraft's ancestor, a48a3282: term and index must both be as high, so neither of two can win",
    patches: [
      {
        file: 'raft/election.ts',
        find: 'return last.term > own.term || (last.term === own.term && last.index >= own.index);',
        replace: 'return last.term >= own.term && last.index >= own.index;',
      },
    ],
  },
  {
    name: 'log-compared-by-length',
    item: 'A5',
    why: '§5.4.1: a long log of an old term wins over what was committed since',
    patches: [
      {
        file: 'raft/election.ts',
        find: 'return last.term > own.term || (last.term === own.term && last.index >= own.index);',
        replace: 'return last.index >= own.index;',
      },
    ],
  },
  {
    name: 'log-compared-by-term',
    item: 'A5',
    why: '§5.4.1: of two logs of the same term the shorter one wins',
    patches: [
      {
        file: 'raft/election.ts',
        find: 'return last.term > own.term || (last.term === own.term && last.index >= own.index);',
        replace: 'return last.term >= own.term;',
      },
    ],
  },
  {
    name: 'pre-votes-count-as-votes',
    item: 'A6',
    why: 'raft-rs 0.3.1: what was granted in the pre-vote is kept in the election',
    patches: [
      {
        file: 'raft/transitions.ts',
        find: "  campaign(node, 'candidate', []);\n",
        replace:
          "  const granted = node.role.type === 'pre-candidate' ? [...node.role.granted] : [];\n" +
          "  campaign(node, 'candidate', granted.filter((voter) => voter !== node.id));\n",
      },
    ],
  },
  {
    name: 'pre-vote-raises-the-term',
    item: 'A6',
    why: 'thesis §9.6: the question whether one would vote must not change who is asked',
    patches: [
      {
        file: 'raft/raft.ts',
        find: "  if (message.type === 'pre-vote-request') return handlePreVoteRequest(node, message);\n",
        replace:
          "  if (message.type === 'pre-vote-request') {\n" +
          '    if (message.term > node.term) becomeFollower(node, message.term, undefined);\n' +
          '    return handlePreVoteRequest(node, message);\n' +
          '  }\n',
      },
    ],
  },
  {
    name: 'pre-vote-ignores-the-leader',
    item: 'A6',
    why: 'etcd #8499, #9333: a replica that was cut off deposes a leader that all others hear',
    patches: [
      {
        file: 'raft/election.ts',
        find: 'isUpToDate(node, request.last) && !hearsLeader(node);',
        replace: 'isUpToDate(node, request.last);',
      },
    ],
  },
  {
    name: 'transfer-is-never-abandoned',
    item: 'A7',
    why: 'tikv #1593, openraft #1747: a leader that gave its office to nobody refuses proposals for ever',
    patches: [
      {
        file: 'raft/transfer.ts',
        find: 'node.nowMs >= leader.transfer.abandonAtMs',
        replace: 'node.nowMs < 0',
      },
    ],
  },
  {
    name: 'acknowledgement-of-an-earlier-term-counts',
    item: 'A8',
    why: 'hashicorp/raft #695: after each await, term and role must be looked at again',
    patches: [
      {
        file: 'raft/raft.ts',
        find: "if (message.term < node.term && message.type !== 'pre-vote-reply')",
        replace:
          "if (message.term < node.term && message.type !== 'pre-vote-reply' && message.type !== 'append-reply')",
      },
    ],
  },
  {
    name: 'append-of-an-earlier-term-is-taken',
    item: 'A8',
    why: 'figure 2, AppendEntries 1: a deposed leader goes on writing into logs',
    patches: [
      {
        file: 'raft/raft.ts',
        find: "if (message.term < node.term && message.type !== 'pre-vote-reply')",
        replace:
          "if (message.term < node.term && message.type !== 'pre-vote-reply' && message.type !== 'append-request')",
      },
    ],
  },
];
