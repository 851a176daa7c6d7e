import type { Mutant } from './mutant.ts';

/** Block I: the state that is written behind the log. */
export const CHECKPOINT_MUTANTS: readonly Mutant[] = [
  {
    name: 'checkpoint-forgets-the-applied-index',
    item: 'I1',
    why: 'after a crash the entries are applied again, to a state that has them',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: 'applied: through && { through, changes } });',
        // Where it compacts the log besides, storage.R3 stops it at once.
        replace:
          'applied: through && {\n' +
          '      through: store?.compactThrough ? through : { ...through, index: this.#checkpointed },\n' +
          '      changes,\n' +
          '    } });',
      },
    ],
  },
  {
    name: 'checkpoint-lacks-what-its-own-turn-applied',
    item: 'I1',
    why: 'after a crash an entry is left out',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: 'const changes = new Map([...this.#kept.changes, ...(applied?.changes ?? [])]);',
        replace: 'const changes = this.#kept.changes;',
      },
    ],
  },
  {
    name: 'log-is-compacted-beyond-the-checkpoint',
    item: 'I2',
    why: 'what led from the state on the disk to the one in memory is gone with the memory',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: '(store?.compactThrough?.index ?? 0) > this.#checkpointed;',
        replace: '(store?.compactThrough?.index ?? 0) < 0;',
      },
    ],
  },
  {
    name: 'view-lacks-what-is-kept',
    item: 'I3',
    why: 'a snapshot that is older than the place in the log that it is said to stand for',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: '    this.checkpoint();\n    return this.#disk.openView();\n',
        replace:
          '    const view = this.#disk.openView();\n' +
          '    const { membership } = view.snapshot;\n' +
          '    return {\n' +
          '      snapshot: { ...(this.#through ?? view.snapshot), membership },\n' +
          '      scan: (range, limit) => view.scan(range, limit),\n' +
          '      close: () => view.close(),\n' +
          '    };\n',
      },
    ],
  },
  {
    name: 'kept-rows-hide-a-snapshot',
    item: 'I4',
    why: 'what was applied before is seen in the state that has taken the place of the own one',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: '    this.#kept = new OverlayTable(this.#cache);\n    this.#keptBytes = 0;\n',
        replace: '    this.#keptBytes = 0;\n',
      },
    ],
  },
  {
    name: 'cached-rows-outlive-a-snapshot',
    item: 'I4',
    why: 'the same, of rows that were only read',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: '      this.#cache.clear();\n',
        replace: '',
      },
    ],
  },
  {
    name: 'cache-misses-a-checkpoint',
    item: 'I4',
    why: 'a row is read as it was before it was written',
    patches: [
      {
        file: 'storage/write-behind.ts',
        find: '    this.#cache.changed(changes);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'flush-forgets-what-is-under-way',
    item: 'I5',
    why: 'a promise leaves before the write that it speaks of is durable (storage.F1)',
    patches: [
      {
        file: 'storage/flush-watch.ts',
        find: 'if (this.#durableWrites === writes && this.#underWay === 0) return onDurable();',
        replace: 'if (this.#durableWrites === writes || this.#underWay > 0) return onDurable();',
      },
    ],
  },
];
