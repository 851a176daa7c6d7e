import type { Mutant } from './mutant.ts';

/** Block C: snapshots, and the sessions that must be in them. */
export const SNAPSHOT_MUTANTS: readonly Mutant[] = [
  {
    name: 'older-snapshot-overwrites-newer-state',
    item: 'C22',
    why: 'eed681d5, openraft #1892: a chunk that was delayed arrives when its news is old',
    patches: [
      {
        file: 'raft/snapshots.ts',
        find: '  if (snapshot.index <= node.commit) return installed;\n',
        replace: '  if (snapshot.index < node.log.compacted.index) return installed;\n',
      },
    ],
  },
  {
    name: 'snapshot-without-sessions',
    item: 'C23',
    why: 'a retry after the snapshot is executed again',
    patches: [
      {
        file: 'replica/snapshot-source.ts',
        find: 'encodeRowChanges(rows.map(',
        replace: "encodeRowChanges(rows.filter(({ key }) => key[4] !== 's').map(",
      },
    ],
  },
  {
    name: 'sessions-expire-by-the-local-clock',
    item: 'C23',
    why: 'replicas forget at different times, and their states part',
    patches: [
      {
        file: 'replica/replica.ts',
        find: 'new Execution(stateMachine, storage.table, appliedEntry(state), this.#faults)',
        replace:
          'new Execution<Result>({\n' +
          '      apply: (table, command) => stateMachine.apply(table, command, clock.wallClockMs()),\n' +
          '    }, storage.table, appliedEntry(state), this.#faults)',
      },
    ],
  },
  {
    name: 'resend-is-executed-again',
    item: 'C23',
    why: 'no duplicate detection at all',
    patches: [
      {
        file: 'kv/sessions.ts',
        find: 'if (call.sequence > record.sequence)',
        replace: 'if (call.sequence >= record.sequence)',
      },
    ],
  },
  {
    name: 'late-resend-is-executed-again',
    item: 'C23',
    why: 'VRR as published: only the latest call of a client is compared',
    patches: [
      {
        file: 'kv/sessions.ts',
        find: 'if (call.sequence > record.sequence)',
        replace: 'if (call.sequence !== record.sequence)',
      },
    ],
  },
  {
    name: 'membership-lost-with-the-log',
    item: 'C24',
    why: 'dba24036, 447dc11c: after a snapshot the replica knows only itself',
    patches: [
      {
        file: 'raft/node.ts',
        find: "import type { Membership } from './membership.ts';",
        replace: "import { Membership } from './membership.ts';",
      },
      {
        file: 'raft/node.ts',
        find: 'this.membership = snapshot.membership;',
        replace: 'this.membership = Membership.of([this.id], []);',
      },
    ],
  },
  {
    name: 'chunks-of-two-streams-are-mixed',
    item: 'C25',
    why: 'logcabin #174: a stream is resumed at the place where another one broke off',
    patches: [
      {
        file: 'raft/snapshots.ts',
        find: "const expected = node.staging?.stream === stream ? node.staging.cursor : '';",
        replace: "const expected = node.staging?.cursor ?? '';",
      },
    ],
  },
  {
    name: 'stream-name-is-used-again-after-a-restart',
    item: 'C25',
    why: 'logcabin #174: the second half of a snapshot comes from a later state than the first',
    patches: [
      {
        file: 'replica/snapshot-sender.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
        find: '`${id}.${disk}.${incarnation}`',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
        replace: '`${id}`',
      },
    ],
  },
  {
    name: 'applied-index-is-written-first',
    item: 'C26',
    why: '89bb48f8: a crash between the two writes leaves an entry out',
    patches: [
      {
        file: 'replica/replica.ts',
        find: '    storage.write({ store, applied: { through, changes: table.changes } });\n',
        replace:
          '    storage.write({ store, applied: { through, changes: new Map() } });\n' +
          '    storage.write({ store: undefined, applied: { through, changes: table.changes } });\n',
      },
    ],
  },
  {
    name: 'applied-index-is-written-later',
    item: 'C26',
    why: 'after a crash the entries are applied again',
    patches: [
      {
        file: 'storage/replica-record.ts',
        find: '  if (applied !== undefined) next = withApplied(next, applied.through);\n',
        replace:
          '  if (applied !== undefined && applied.through.index % 4 === 0) next = withApplied(next, applied.through);\n',
      },
      {
        file: 'storage/replica-record.ts',
        find: '    next.compacted.index <= next.applied.index,\n',
        replace: '    next.compacted.index <= next.applied.index + 4,\n',
      },
    ],
  },
  {
    name: 'log-that-differs-is-kept-after-a-snapshot',
    item: 'C27',
    why: 'figure 13, 6-7: entries behind a place where the log disagrees must go',
    patches: [
      {
        file: 'raft/log.ts',
        find: 'if (this.contains(snapshot)) return this.compact(snapshot.index);',
        replace: 'if (this.term(snapshot.index) !== undefined) return this.compact(snapshot.index);',
      },
      {
        file: 'raft/node.ts',
        find: '    if (!this.log.contains(snapshot)) {\n',
        replace: '    if (this.log.term(snapshot.index) === undefined) {\n',
      },
    ],
  },
  {
    name: 'lost-chunk-is-never-sent-again',
    item: 'C28',
    why: 'etcd #10225: a follower in snapshot state for ever',
    patches: [
      {
        file: 'raft/progress.ts',
        find: '    else this.state.sentAtMs = undefined;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'snapshot-that-ends-before-the-log-begins',
    item: 'C28',
    why: 'found by this simulator, seed 1045: a shared view grows old, and its receiver needs it again and again',
    patches: [
      {
        file: 'replica/snapshot-source.ts',
        find: 'return view.frozen.snapshot.index < compacted ? undefined : view;',
        replace: 'return view;',
      },
    ],
  },
];
