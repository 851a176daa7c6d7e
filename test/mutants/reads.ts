import type { Mutant } from './mutant.ts';

/** Block E: reads and clocks. */
export const READ_MUTANTS: readonly Mutant[] = [
  {
    name: 'leader-answers-reads-by-itself',
    item: 'E34',
    why: 'etcd #741: an isolated leader does not know that it was deposed',
    patches: [
      {
        file: 'raft/reads.ts',
        find: '  reads.waiting.push({',
        replace:
          "  if (committedOwnTerm) return answer(node, id, { type: 'ready', index: node.commit });\n" +
          '  reads.waiting.push({',
      },
    ],
  },
  {
    name: 'read-before-own-term-is-committed',
    item: 'E34',
    why: 'etcd #7331: the commit index of a new leader may lie behind what was acknowledged',
    patches: [
      {
        file: 'raft/reads.ts',
        find: 'index: committedOwnTerm ? node.commit : undefined',
        replace: 'index: node.commit',
      },
    ],
  },
  {
    name: 'read-quorum-is-off-by-one',
    item: 'E34',
    why: 'd60f1e85: one answer less than a majority',
    patches: [
      {
        file: 'raft/membership.ts',
        find: 'return answers.length - untouched >= this.#majority;',
        replace: 'return answers.length - untouched >= this.#majority - 1;',
      },
    ],
  },
  {
    name: 'read-is-served-before-the-quorum-answers',
    item: 'E34',
    why: 'd-engine #381: the round has begun, and nobody has confirmed it',
    patches: [
      {
        file: 'raft/reads.ts',
        find: 'if (round > reads.confirmed || index === undefined) return true;',
        replace: 'if (round > reads.round || index === undefined) return true;',
      },
    ],
  },
  {
    name: 'read-waits-for-exactly-its-index',
    item: 'E36',
    why: 'a read whose index was jumped past, by a batch or by a snapshot, is never answered',
    patches: [
      {
        file: 'replica/waiting-reads.ts',
        find: 'const ready = this.#decided.filter(({ index }) => index <= applied);',
        replace: 'const ready = this.#decided.filter(({ index }) => index === applied);',
      },
      {
        file: 'replica/waiting-reads.ts',
        find: 'this.#decided = this.#decided.filter(({ index }) => index > applied);',
        replace: 'this.#decided = this.#decided.filter(({ index }) => index !== applied);',
      },
    ],
  },
  {
    name: 'read-takes-part-in-a-round-that-began-before-it',
    item: 'E37',
    why: 'etcd #20418: a confirmation that was on its way before the read came',
    patches: [
      {
        file: 'raft/reads.ts',
        find: 'round: reads.round + 1,',
        replace: 'round: reads.round + (reads.isUnderWay ? 0 : 1),',
      },
    ],
  },
  {
    name: 'read-joins-others-that-are-confirmed-already',
    item: 'E37',
    why: 'the round that confirms the others began before it (replica.W1)',
    patches: [
      {
        file: 'replica/waiting-reads.ts',
        find: '    if (id === this.#gathering) this.#gathering = undefined;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'read-ignores-its-index',
    item: 'E37',
    why: 'answered from a state that is behind the index which was confirmed for it',
    patches: [
      {
        file: 'replica/waiting-reads.ts',
        find: 'const ready = this.#decided.filter(({ index }) => index <= applied);',
        replace: 'const ready = this.#decided;',
      },
      {
        file: 'replica/waiting-reads.ts',
        find: 'this.#decided = this.#decided.filter(({ index }) => index > applied);',
        replace: 'this.#decided = this.#decided.filter(() => applied < 0);',
      },
    ],
  },
  {
    name: 'age-without-the-margin',
    item: 'E38',
    why: 'the leader that was heard may have been followed by another one long since',
    patches: [
      {
        file: 'replica/freshness.ts',
        find: 'this.#followerMarginMs = 2 * electionTimeoutMs + 2 * replyTimeoutMs;',
        replace: 'this.#followerMarginMs = 0;',
      },
    ],
  },
];
