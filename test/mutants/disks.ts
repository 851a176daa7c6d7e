import type { Mutant } from './mutant.ts';

/** Block D: disks that are lost, and who may speak for them. */
export const DISK_MUTANTS: readonly Mutant[] = [
  {
    name: 'lost-disk-is-a-new-member',
    item: 'D1',
    why: 'every store that takes an empty disk for an empty past: what it had acknowledged is gone, and it votes at once',
    patches: [
      {
        file: 'raft/formation.ts',
        find: '  node.setMembership(membership);\n',
        replace:
          '  const { id: replica, disk } = node;\n' +
          '  node.setMembership(disk === undefined ? membership : membership.after({ replica, disk }));\n',
      },
      { file: 'raft/standing.ts', find: 'return node.isForgetful;', replace: 'return false;' },
      {
        file: 'raft/standing.ts',
        find: '      return !node.membership.recognizes(from, disk);\n',
        replace: '      return false;\n',
      },
    ],
  },
  {
    name: 'forgetful-replica-votes',
    item: 'D1',
    why: 'it may have voted in the same term, or for a leader whose entries it has lost',
    patches: [
      {
        file: 'raft/standing.ts',
        find: 'return node.isForgetful;',
        replace: 'return false;',
      },
    ],
  },
  {
    name: 'readmitted-before-it-is-committed',
    item: 'D2',
    why: 'it has caught up with a leader that was deposed, and helps it to commit against the next one',
    patches: [
      {
        file: 'raft/readmission.ts',
        find: '  role.readmissions.set(replica, { disk, index, sealedAt: undefined });\n',
        replace:
          '  role.readmissions.set(replica, { disk, index, sealedAt: undefined });\n' +
          '  node.setMembership(membership.after(readmission));\n',
      },
    ],
  },
  {
    name: 'one-disk-answers-for-another',
    item: 'D3',
    why: 'what the lost disk had acknowledged counts as what the new one has',
    patches: [
      {
        file: 'raft/standing.ts',
        find: 'if (progress === undefined || progress.disk === disk) return progress;',
        replace: 'if (progress === undefined || progress.match >= 0) return progress;',
      },
    ],
  },
  {
    name: 'readmission-is-done-when-the-leader-knows',
    item: 'D4',
    why: 'the leader dies next, and nobody who is left knows that the new disk counts',
    patches: [
      {
        file: 'raft/readmission.ts',
        find: 'const isKnown = known >= sealedAt && own.match >= sealedAt;',
        replace: 'const isKnown = known >= 0;',
      },
    ],
  },
];
