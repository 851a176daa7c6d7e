import type { Mutant } from './mutant.ts';

/** Block F: what a Durable Object does to the replica that lives in it. */
export const HOST_MUTANTS: readonly Mutant[] = [
  {
    name: 'untouched-answers-need-none-to-spare',
    item: 'F38',
    why: 'a replaced leader and one follower confirm a read between them, while the others have a new leader',
    patches: [
      {
        file: 'raft/membership.ts',
        find: "const untouched = answers.includes('untouched') ? 1 : 0;",
        replace: 'const untouched = 0;',
      },
    ],
  },
  {
    name: 'follower-says-touched-and-does-not-touch',
    item: 'F38',
    why: 'an answer without a write may come from an instance that was replaced',
    patches: [
      {
        file: 'raft/following.ts',
        find: '  if (touch) node.outbox.write({ touch });\n',
        replace: '',
      },
    ],
  },
  {
    name: 'touch-does-not-reach-the-disk',
    item: 'F38',
    why: 'a turn with nothing else to write writes nothing',
    patches: [
      {
        file: 'raft/outbox.ts',
        find: '    this.#writes = { ...this.#writes, ...writes };\n',
        replace: '    if (writes.touch !== true) this.#writes = { ...this.#writes, ...writes };\n',
      },
      {
        file: 'raft/reads.ts',
        find: '  reads.touch = true;\n',
        replace: '  reads.touch = true;\n  reads.answered(node.id, reads.round, true);\n',
      },
    ],
  },
  {
    name: 'constructor-sets-no-timer',
    item: 'F39',
    why: 'the demo: after eviction the object waits for ever',
    patches: [
      {
        file: 'replica/replica.ts',
        find: 'owner, options.limits, this.#trace);\n    this.#arm();\n',
        replace: 'owner, options.limits, this.#trace);\n',
      },
    ],
  },
  {
    name: 'timer-that-has-fired-counts-as-set',
    item: 'F40',
    why: 'the demo: whoever sets the one alarm must know of all deadlines',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '  tick(): void {\n    this.#wakeAtMs = Number.POSITIVE_INFINITY;\n',
        replace: '  tick(): void {\n',
      },
    ],
  },
  {
    name: 'unknown-message-format-is-guessed',
    item: 'F41',
    why: 'a rollout mixes versions: an unknown message must count as lost',
    patches: [
      {
        file: 'codec/codec.ts',
        find: 'if (this.#formatOf(value) !== format) throw',
        replace: 'if (this.#formatOf(value) > format) throw',
      },
    ],
  },
  {
    name: 'flush-confirms-what-was-written-since',
    item: 'F42',
    why: 'after an await, what is shared has moved on: the answer belongs to what was asked, not to what is now',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '  #stopped = false;\n',
        replace: '  #stopped = false;\n  #latestStoreId = 0;\n',
      },
      {
        file: 'replica/replica.ts',
        find: '    this.#parts.storage.flush(() => {\n',
        replace:
          '    if (store !== undefined) this.#latestStoreId = store.id;\n' +
          '    this.#parts.storage.flush(() => {\n',
      },
      {
        file: 'replica/replica.ts',
        find: "this.#run({ type: 'stored', id: store.id });",
        replace: "this.#run({ type: 'stored', id: this.#latestStoreId });",
      },
    ],
  },
  {
    name: 'success-before-commit',
    item: 'F43',
    why: 'the demo: the answer promises what a crash can still take back',
    patches: [
      {
        file: 'replica/replica.ts',
        find: "    if (proposal?.type === 'accepted')\n      this.#execution.proposed(proposal.index, { term: proposal.term, batch });\n    else",
        replace:
          "    if (proposal?.type === 'accepted') for (const { done } of batch) done({ type: 'done', result: { type: 'written', version: 1 } as never, index: proposal.index, ageMsMax: undefined });\n    else",
      },
    ],
  },
  {
    name: 'apply-throws-at-an-unknown-command',
    item: 'F44',
    why: 'what one leader of another version got into the log stops every replica, in each of its lives',
    patches: [
      {
        file: 'shard/whole-store.ts',
        find: 'const sent = SESSION_COMMAND.tryDecode(bytes);',
        replace: 'const sent = SESSION_COMMAND.decode(bytes);',
      },
    ],
  },
  {
    name: 'no-entry-on-election',
    item: 'F43',
    why: 'the demo: what earlier leaders committed stays unknown, and reads wait, until somebody writes',
    patches: [
      {
        file: 'raft/transitions.ts',
        find: '  if (options.noopOnElection) {\n',
        replace: '  if (options.noopOnElection && nowMs < 0) {\n',
      },
    ],
  },
  {
    name: 'message-without-limit',
    item: 'F43',
    why: 'the demo: all that is missing in one message',
    patches: [
      {
        file: 'raft/sending.ts',
        find: 'log.slice(progress.next, log.lastIndex, options.messageBytesMax)',
        replace: 'log.slice(progress.next, log.lastIndex, Number.POSITIVE_INFINITY)',
      },
    ],
  },
  {
    name: 'turn-without-its-byte-bound',
    item: 'F44',
    why: 'a few thousand bytes of appends to large values are hundreds of megabytes of rows in one turn',
    patches: [
      {
        file: 'replica/execution.ts',
        find: '      if (table.bytes >= bytesMax) break;\n      results.push',
        replace: '      results.push',
      },
    ],
  },
  {
    name: 'turn-takes-all-entries',
    item: 'F44',
    why: 'each entry is small enough, and all that are committed are executed in one turn',
    patches: [
      {
        file: 'replica/execution.ts',
        find: '      if (table.bytes >= bytesMax) break;\n      if (entry.kind',
        replace: '      if (entry.kind',
      },
      {
        file: 'replica/execution.ts',
        find: '      if (table.bytes >= bytesMax) break;\n      results.push',
        replace: '      if (table.bytes - before >= bytesMax) break;\n      results.push',
      },
    ],
  },
  {
    name: 'part-of-an-entry-is-not-written-down',
    item: 'F44',
    why: 'a restart executes the first commands of the entry again',
    patches: [
      {
        file: 'replica/execution.ts',
        find: '      table.put(EXECUTED_PART_KEY, EXECUTED_PART.encode(part));\n',
        replace: '      EXECUTED_PART.encode(part);\n',
      },
    ],
  },
];
