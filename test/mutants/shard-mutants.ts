import type { Mutant } from './mutant.ts';

/**
 * Bugs of the layer that moves shards, to be seen only where there are several groups: in the simulator's fleets, or in
 * the model of test/unit/shard, which also does what a driver never would. Items are the invariants of
 * src/shard/sharded-store.ts.
 */
export const SHARD_MUTANTS: readonly Mutant[] = [
  {
    name: 'configuration-is-skipped',
    item: 'H1',
    why: 'a shard that came and went in between is taken for one that was here all the time',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '? next.number === current.number + 1',
        replace: '? true',
      },
    ],
  },
  {
    name: 'stale-configuration-is-taken',
    item: 'H1',
    why: 'a late proposal gives back shards that are long served elsewhere',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '    if (next.number <= current.number) return DONE;\n',
        replace: '',
      },
      {
        file: 'shard/sharded-store.ts',
        find: '? next.number === current.number + 1',
        replace: '? next.number <= current.number + 1',
      },
    ],
  },
  {
    name: 'freeze-is-ignored',
    item: 'H2',
    why: 'the old owner goes on while the new one begins',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: "(state?.type === 'leaving' && !state.frozen)",
        replace: "state?.type === 'leaving'",
      },
    ],
  },
  {
    name: 'last-changes-before-the-freeze',
    item: 'H2',
    why: 'the new owner begins as soon as it has caught up, while the old one is still served',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: 'final: caughtUp && state.frozen',
        replace: 'final: caughtUp',
      },
    ],
  },
  {
    name: 'serving-before-arrival',
    item: 'H2',
    why: 'the configuration alone makes a group the owner',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: "return state?.type === 'serving' ||",
        replace: "return state?.type === 'serving' || state?.type === 'arriving' ||",
      },
    ],
  },
  {
    name: 'serving-before-the-last-changes',
    item: 'H2',
    why: 'frozen is not caught up: what changed since the last part is lost',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: 'final: caughtUp && state.frozen',
        replace: 'final: state.frozen',
      },
    ],
  },
  {
    name: 'rows-without-sessions',
    item: 'H3',
    why: 'a resend that meets the new owner is executed again',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: 'encodeRowChanges(changes)',
        replace: "encodeRowChanges(changes.filter(([key]) => key[4] !== 's'))",
      },
    ],
  },
  {
    name: 'changes-without-sessions',
    item: 'H3',
    why: 'as above, for what was written while the shard was copied',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: '    rows.set(key, row);\n',
        replace: "    if (key[4] !== 's') rows.set(key, row);\n",
      },
    ],
  },
  {
    name: 'rows-without-the-revision',
    item: 'H3',
    why: 'versions begin again, so that an old one matches a condition on a new one',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: 'encodeRowChanges(changes)',
        replace: "encodeRowChanges(changes.filter(([key]) => key[4] !== 'm'))",
      },
    ],
  },
  {
    name: 'writes-are-not-recorded',
    item: 'H3',
    why: 'a row that was copied before it changed stays old',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: '    this.#table.put(key, value);\n    this.#record(key);\n',
        replace: '    this.#table.put(key, value);\n',
      },
    ],
  },
  {
    name: 'deletes-are-not-recorded',
    item: 'H3',
    why: 'a row that was copied before it was deleted comes back',
    patches: [
      {
        file: 'shard/shard-copy.ts',
        find: '    this.#table.delete(key);\n    this.#record(key);\n',
        replace: '    this.#table.delete(key);\n',
      },
    ],
  },
  {
    name: 'record-begins-again-with-each-command',
    item: 'H3',
    why: 'changes overwrite each other in the record',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '    writeShardState(table, shard, recorded(state, recording, this.#options.record));\n',
        replace: '',
      },
    ],
  },
  {
    name: 'rows-from-before-the-configuration',
    item: 'H3',
    why: 'a replica that lags has not begun the record: what changes until it does is lost',
    patches: [
      {
        file: 'shard/shard-serving.ts',
        find: "  if (!isPast) return { type: 'not-now' };\n",
        replace:
          "  if (!isPast && request.type === 'rows') return { type: 'part', part: readRowsPart(table, shard, { since: 0 } as LeavingShard, request.cursor, request.bytesMax) };\n  if (!isPast) return { type: 'not-now' };\n",
      },
    ],
  },
  {
    name: 'rows-part-after-the-copy',
    item: 'H3',
    why: 'a late part puts old rows over new ones',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '!state.copied && part.cursor === state.cursor',
        replace: 'part.cursor <= state.cursor',
      },
    ],
  },
  {
    name: 'changes-part-leaves-a-gap',
    item: 'H3',
    why: 'parts that overtake each other lose the changes between them',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: 'state.copied && part.after === state.changes',
        replace: 'state.copied',
      },
    ],
  },
  {
    name: 'part-of-an-earlier-move',
    item: 'H3',
    why: 'a part that is late by a whole move brings back old rows',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: "state?.type !== 'arriving' || state.configuration !== configuration",
        replace: "state?.type !== 'arriving'",
      },
    ],
  },
  {
    name: 'deleting-before-confirmation',
    item: 'H4',
    why: 'the last copy goes while the new owner may not have the last part',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: "  if (state?.type !== 'deleting') return NOT_NOW;\n",
        replace:
          "  if (state?.type !== 'deleting' && !(state?.type === 'leaving' && state.frozen)) return NOT_NOW;\n",
      },
    ],
  },
  {
    name: 'confirmation-of-an-earlier-move',
    item: 'H4',
    why: 'a late confirmation releases a shard that is on its way again',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: "  if (state?.type === 'leaving' && state.configuration === configuration) {\n",
        replace: "  if (state?.type === 'leaving') {\n",
      },
    ],
  },
  {
    name: 'confirmation-is-not-kept',
    item: 'H4',
    why: 'whoever leads next does not know that the old owner was never told',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '    writeConfirmation(table, { shard, configuration: state.move, to: state.from });\n',
        replace: '',
      },
    ],
  },
  {
    name: 'confirmations-by-shard-alone',
    item: 'H4',
    why: 'a shard that comes a second time hides that its first owner was never told',
    patches: [
      {
        file: 'shard/shard-state.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text of the source.
        find: 'return `${CONFIRM_ROWS}${paddedNumber(configuration)}/${shardDigits(shard)}`;',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
        replace: 'return `${CONFIRM_ROWS}${shardDigits(shard)}`;',
      },
    ],
  },
  {
    name: 'released-before-the-configuration',
    item: 'H4',
    why: 'a replica that has not heard of the move says that all is done, and nobody tells its leader again',
    patches: [
      {
        file: 'shard/shard-serving.ts',
        find: 'readConfiguration(table, shardCount).number >= configuration;',
        replace: 'readConfiguration(table, shardCount).number >= 0;',
      },
    ],
  },
  {
    name: 'record-stays-after-the-shard',
    item: 'H4',
    why: 'the next time the shard leaves, old changes are on the record',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: ' && deleteSome(table, changeRows(shard, 0))',
        replace: '',
      },
    ],
  },
  {
    name: 'swept-after-the-first-part',
    item: 'H4',
    why: 'what is left of a shard when its state is gone stays for ever, and is taken for new when it comes back',
    patches: [
      {
        file: 'shard/sharded-store.ts',
        find: '  return last === undefined || table.keys({ from: keyAfter(last), to: range.to }, ONE_ROW).length === 0;\n',
        replace: '  return true;\n',
      },
      {
        file: 'shard/sharded-store.ts',
        find: 'const SWEEP_LIMIT = { rowsMax: 4096, bytesMax: 4 << 20 };',
        replace: 'const SWEEP_LIMIT = { rowsMax: 2, bytesMax: 4 << 20 };',
      },
    ],
  },
  {
    name: 'shard-moves-on-before-it-has-come',
    item: 'H5',
    why: 'a group gives away, as if it were all there is, the part of a shard that it has',
    patches: [
      {
        file: 'shard/taking-configuration.ts',
        find: ": state.type === 'arriving';",
        replace: ': false;',
      },
    ],
  },
  {
    name: 'shard-comes-back-before-it-has-left',
    item: 'H5',
    why: 'what is still to be deleted is mixed with what arrives',
    patches: [
      {
        file: 'shard/taking-configuration.ts',
        find: 'isOwnNext ? isOnItsWayOut(state) :',
        replace: 'isOwnNext ? false :',
      },
    ],
  },
  {
    name: 'shard-comes-back-before-it-is-swept',
    item: 'H5',
    why: 'the sweep removes what has just arrived, or leaves old rows among the new',
    patches: [
      {
        file: 'shard/taking-configuration.ts',
        find: "return state.type === 'deleting';",
        replace: 'return false;',
      },
    ],
  },
  {
    name: 'copy-begins-anew-over-old-rows',
    item: 'L1',
    why: 'what the source has deleted since the first attempt stays',
    patches: [
      {
        file: 'shard/shard-recovery.ts',
        find: 'clearing: true, ',
        replace: 'clearing: false, ',
      },
    ],
  },
  {
    name: 'copy-goes-on-without-its-record',
    item: 'L1',
    why: 'what changed while no record was kept stays old',
    patches: [
      {
        file: 'shard/shard-recovery.ts',
        find: '...DROPPED, since: changes };',
        replace: '...DROPPED };',
      },
    ],
  },
];

/** What only a fleet shows: the model has no hosts. */
export const FLEET_MUTANTS: readonly Mutant[] = [
  {
    name: 'refusal-is-for-good',
    item: 'H2',
    why: 'a group that refused once does not notice that the shard has come',
    patches: [
      {
        file: 'shard/refusals.ts',
        find: '    const refusal = replica.refusal(shard);\n',
        replace:
          "    const refusal = replica.refusal(shard) ?? { type: 'wrong-group', configuration: 0, owner: 0 as never };\n",
      },
    ],
  },
];
