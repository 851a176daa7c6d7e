import type { Mutant } from './mutant.ts';

/** Block B: log replication. */
export const REPLICATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'earlier-term-committed-by-counting',
    item: 'B10',
    why: 'figure 8; LogCabin #44: a later leader may still overwrite such an entry',
    patches: [
      {
        file: 'raft/replication.ts',
        find: 'if (reached <= node.commit || node.log.term(reached) !== node.term) return;',
        replace: 'if (reached <= node.commit) return;',
      },
    ],
  },
  {
    name: 'follower-commits-its-own-tail',
    item: 'B11',
    why: 'copycat #265, scylladb #9965: min(leader commit, own last index), though the tail may differ',
    patches: [
      {
        file: 'raft/following.ts',
        find: 'Math.min(request.commit, match)',
        replace: 'Math.min(request.commit, log.lastIndex)',
      },
    ],
  },
  {
    name: 'append-truncates-what-agrees',
    item: 'B12',
    why: 'async-raft 9540c904, nebula #2483: a late append cuts off what a newer one has brought',
    patches: [
      {
        file: 'raft/following.ts',
        find: 'const conflict = node.log.firstConflict(entries);',
        replace: 'const conflict = entries[0]?.index;',
      },
    ],
  },
  {
    name: 'heartbeat-truncates',
    item: 'B12',
    why: 'CCF: an early, short message says nothing about what comes after it',
    patches: [
      {
        file: 'raft/following.ts',
        find: '  const match = asIndex(previous.index + entries.length);\n',
        replace:
          '  const match = asIndex(previous.index + entries.length);\n' +
          '  const end = asIndex(Math.max(commit, match) + 1);\n' +
          '  if (end <= log.lastIndex) node.truncateFrom(end);\n',
      },
    ],
  },
  {
    name: 'late-reply-turns-match-back',
    item: 'B13',
    why: 'etcd raft #149, CCF follower_rollback_match_index',
    patches: [
      {
        file: 'raft/progress.ts',
        find: '    if (match <= this.match) return false;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'late-refusal-is-taken-for-new',
    item: 'B14',
    why: 'CCF #6016: a stale refusal must not turn the leader back behind what was acknowledged',
    patches: [
      {
        file: 'raft/progress.ts',
        find: "if (previous <= this.match || this.state.type === 'snapshot') return false;",
        replace: "if (this.state.type === 'snapshot') return false;",
      },
      {
        file: 'raft/progress.ts',
        find: "if (this.state.type === 'probe' && previous !== this.next - 1) return false;",
        replace: '',
      },
      {
        file: 'raft/progress.ts',
        find: 'this.next = asIndex(Math.max(this.match + 1, Math.min(previous, agreed + 1)));',
        replace: 'this.next = asIndex(Math.max(1, Math.min(previous, agreed + 1)));',
      },
    ],
  },
  {
    name: 'acknowledges-its-own-last-index',
    item: 'B15',
    why: 'CCF #6016: more than the message proves to be equal',
    patches: [
      {
        file: 'raft/following.ts',
        find: 'const match = asIndex(previous.index + entries.length);',
        replace: 'const match = log.lastIndex;',
      },
    ],
  },
  {
    name: 'short-cut-acknowledges-before-it-is-durable',
    item: 'B16',
    why: 'yugabyte #32875: a doubled append writes nothing, but its first copy may not be on the disk yet',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '    this.#parts.storage.flush(() => {\n',
        replace:
          '    const whenDurable = (done: () => void) =>\n' +
          '      store === undefined ? done() : this.#parts.storage.flush(done);\n' +
          '    whenDurable(() => {\n',
      },
    ],
  },
  {
    name: 'acknowledges-before-it-is-durable',
    item: 'B16',
    why: 'etcd #14140: what was acknowledged is lost in a crash',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '    this.#parts.storage.flush(() => {\n',
        replace:
          "    const isAck = promises.some(({ type }) => type === 'append-reply');\n" +
          '    const whenDurable = (done: () => void) => (isAck ? done() : this.#parts.storage.flush(done));\n' +
          '    whenDurable(() => {\n',
      },
    ],
  },
  {
    name: 'leader-counts-itself-before-its-disk',
    item: 'B17',
    why: 'the leader is one of the majority only when its own write is durable',
    patches: [
      {
        file: 'raft/replication.ts',
        find: 'voter === node.id ? node.durable :',
        replace: 'voter === node.id ? node.log.lastIndex :',
      },
    ],
  },
  {
    name: 'commits-without-a-majority',
    item: 'B17',
    why: 'openraft #1802: a sort that is off by one',
    patches: [
      {
        file: 'raft/membership.ts',
        find: 'return values[this.#majority - 1] ?? 0;',
        replace: 'return values[this.#majority - 2] ?? 0;',
      },
    ],
  },
  {
    name: 'entries-with-a-gap',
    item: 'B19',
    why: 'logcabin #160: the packed entries do not begin behind the one that is named',
    patches: [
      {
        file: 'raft/sending.ts',
        find: 'log.slice(progress.next, log.lastIndex, options.messageBytesMax)',
        replace: 'log.slice(asIndex(progress.next + 1), log.lastIndex, options.messageBytesMax)',
      },
    ],
  },
  {
    name: 'forgets-what-it-left-out-in-front',
    item: 'B19',
    why: 'RedisLabs/willemt raft #118: of an append that begins in the compacted part, old entries are taken for new ones',
    patches: [
      {
        file: 'raft/following.ts',
        find: 'entries.filter(({ index }) => index > commit),',
        replace: 'entries,',
      },
    ],
  },
  {
    name: 'back-up-does-not-move',
    item: 'B20',
    why: 'hashicorp/raft #212: a peer that has diverged for long is never brought back',
    patches: [
      {
        file: 'raft/progress.ts',
        find: 'this.next = asIndex(Math.max(this.match + 1, Math.min(previous, agreed + 1)));',
        replace: 'this.next = asIndex(Math.max(this.match + 1, previous + 1));',
      },
    ],
  },
  {
    name: 'deposed-leader-drops-its-tail',
    item: 'B21',
    why: 'CCF #5674: what it had not seen committed may be committed all the same',
    patches: [
      {
        file: 'raft/transitions.ts',
        find: "  if (role.type === 'leader') abandonReads(node, role, leader);\n",
        replace:
          "  if (role.type === 'leader') abandonReads(node, role, leader);\n" +
          "  if (role.type === 'leader' && node.log.lastIndex > node.commit) node.truncateFrom(asIndex(node.commit + 1));\n",
      },
    ],
  },
];
