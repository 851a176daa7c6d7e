/** What may befall a cluster: the doings of a network, disks, a clock and clients, as plain values. */

import fc from 'fast-check';

const VOTERS_MAX = 5;
const ACTIONS_MAX = 250;

export type Action =
  | { readonly type: 'deliver' | 'drop' | 'fail' | 'fail-late' | 'duplicate'; readonly place: number }
  | { readonly type: 'deliver-many'; readonly count: number }
  /** Time passes: nothing arrives; or all does; or some is lost and the rest comes in any order. */
  | { readonly type: 'wait' | 'run' | 'run-noisily'; readonly ms: number }
  | { readonly type: 'propose-at-leaders' | 'read-at-leaders' | 'heal' }
  | {
      readonly type:
        | 'propose'
        | 'read'
        | 'campaign'
        | 'compact'
        | 'crash'
        | 'isolate'
        | 'hold-store'
        | 'release-store'
        | 'confirm'
        | 'forget-streams';
      readonly id: number;
    }
  | { readonly type: 'transfer' | 'cut'; readonly id: number; readonly to: number };

const id = fc.integer({ min: 0, max: VOTERS_MAX - 1 });

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const time = (type: 'wait' | 'run' | 'run-noisily', max: number) =>
  fc.record({ type: fc.constant(type), ms: fc.integer({ min: 1, max }) });

const action: fc.Arbitrary<Action> = fc.oneof(
  weighted(10, time('run-noisily', 1500)),
  weighted(4, time('run', 700)),
  weighted(4, time('wait', 300)),
  weighted(6, fc.record({ type: fc.constant('deliver-many'), count: fc.integer({ min: 1, max: 20 }) })),
  weighted(4, fc.record({ type: fc.constantFrom('deliver', 'drop', 'duplicate'), place: fc.nat(30) })),
  weighted(3, fc.record({ type: fc.constantFrom('fail', 'fail-late'), place: fc.nat(30) })),
  weighted(14, fc.record({ type: fc.constantFrom('propose-at-leaders', 'read-at-leaders') })),
  weighted(4, fc.record({ type: fc.constant('heal') })),
  weighted(6, fc.record({ type: fc.constantFrom('crash', 'compact', 'isolate'), id })),
  weighted(2, fc.record({ type: fc.constant('hold-store'), id })),
  weighted(6, fc.record({ type: fc.constantFrom('release-store', 'confirm'), id })),
  weighted(3, fc.record({ type: fc.constantFrom('propose', 'read', 'campaign', 'forget-streams'), id })),
  weighted(4, fc.record({ type: fc.constantFrom('transfer', 'cut'), id, to: id })),
);

export const scenario = fc.record({
  voters: fc.integer({ min: 1, max: VOTERS_MAX }),
  learners: fc.integer({ min: 0, max: 1 }),
  commandsPerChunk: fc.integer({ min: 1, max: 3 }),
  inflightMessagesMax: fc.integer({ min: 1, max: 4 }),
  messageBytesMax: fc.integer({ min: 1, max: 20 }),
  seed: fc.integer(),
  actions: fc.array(action, { maxLength: ACTIONS_MAX, size: 'max' }),
});

export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;
