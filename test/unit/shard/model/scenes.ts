/** The invariants of src/shard/sharded-store.ts, each shown by a few steps. They throw if it does not hold. */

import { ensure } from './model-failure.ts';
import { isSame, KEY, OTHER_KEY, OTHER_SHARD, SHARD, Stage } from './stage.ts';

export interface Scene {
  readonly name: string;
  readonly run: () => void;
}

const onlyTheNext: Scene = {
  name: 'shard.H1: a configuration is taken only if it is the next',
  run: () => {
    const stage = new Stage([1, 1], [1, 1], [2, 1]);
    ensure(stage.take(1, 3) === 'not-now', 'one was skipped');
    ensure(stage.group(1).work().configuration === 1, 'a refused configuration was taken');
    stage.take(1, 2);
    stage.take(1, 3);
    ensure(stage.take(1, 2) === 'done', 'one that was taken is done with');
    ensure(stage.group(1).work().configuration === 3, 'the group went back');
  },
};

const oneOwner: Scene = {
  name: 'shard.H2: the old owner serves until it is frozen, and the new one from the last part on',
  run: () => {
    const stage = new Stage([1, 1], [2, 1]);
    stage.append(1, KEY, 1);
    stage.take(1, 2);
    stage.take(2, 2);
    ensure(stage.isServed(1, KEY) && !stage.isServed(2, KEY), 'the move has only begun');
    stage.copyRows(SHARD, 2, 1, 2);
    stage.append(1, KEY, 2);
    const early = stage.changes(SHARD, 2, 1, 0, false);
    ensure(early.type === 'changes' && early.caughtUp && !early.final, 'nothing is final while it is served');
    stage.install(2, SHARD, 2, early);
    ensure(stage.isServed(1, KEY) && !stage.isServed(2, KEY), 'the shard is not frozen yet');
    stage.append(1, KEY, 3);
    const last = stage.changes(SHARD, 2, 1, early.through, true);
    ensure(!stage.isServed(1, KEY) && !stage.isServed(2, KEY), 'frozen, and not yet arrived');
    ensure(stage.append(1, KEY, 4).type === 'wrong-group', 'a frozen shard was written');
    stage.install(2, SHARD, 2, last);
    ensure(!stage.isServed(1, KEY) && stage.isServed(2, KEY), 'the shard has arrived');
    const { type } = stage.append(2, KEY, 4);
    ensure(type === 'appended', `the new owner answered ${type}`);
  },
};

const sessionsTravel: Scene = {
  name: 'shard.H3: a resend that meets the new owner finds the reply of the old one',
  run: () => {
    const stage = new Stage([1, 1], [2, 1]);
    const before = stage.append(1, KEY, 1, 'one');
    stage.take(1, 2);
    stage.take(2, 2);
    const meanwhile = stage.append(1, KEY, 1, 'two');
    stage.move(SHARD, 2, 1, 2);
    ensure(isSame(stage.append(2, KEY, 1, 'one'), before), 'executed again');
    ensure(
      isSame(stage.append(2, KEY, 1, 'two'), meanwhile),
      'executed again, though written during the move',
    );
  },
};

const keptUntilConfirmed: Scene = {
  name: 'shard.H4: the old owner keeps its copy until the new one has confirmed, and nothing after',
  run: () => {
    const stage = new Stage([1, 1], [2, 1]);
    stage.append(1, KEY, 1);
    stage.take(1, 2);
    stage.take(2, 2);
    stage.copyRows(SHARD, 2, 1, 2);
    stage.append(1, KEY, 2);
    ensure(stage.sweep(1, SHARD) === 'not-now', 'swept while it is served');
    const last = stage.changes(SHARD, 2, 1, 0, true);
    ensure(stage.sweep(1, SHARD) === 'not-now', 'swept as soon as it was frozen');
    stage.install(2, SHARD, 2, last);
    ensure(stage.sweep(1, SHARD) === 'not-now', 'swept before the confirmation');
    stage.confirm(SHARD, 2, 1, 2);
    ensure(stage.stateOf(1, SHARD) === 'deleting', 'the confirmation was not heard');
    stage.sweep(1, SHARD);
    const left = stage
      .group(1)
      .rows()
      .filter(({ key }) => key.startsWith('0000') || key.includes('/0000'));
    ensure(left.length === 0, `left behind: ${left.map(({ key }) => key)}`);
    ensure(stage.group(2).work().confirmations.length === 0, 'the confirmation is given, and still kept');
  },
};

const lateConfirmation: Scene = {
  name: 'shard.H4: a confirmation of an earlier move releases nothing',
  run: () => {
    const stage = new Stage([1, 1], [2, 1], [1, 1], [2, 1]);
    stage.append(1, KEY, 1);
    for (const group of [1, 2]) stage.take(group, 2);
    stage.move(SHARD, 2, 1, 2);
    stage.confirm(SHARD, 2, 1, 2);
    stage.sweep(1, SHARD);
    for (const group of [1, 2]) stage.take(group, 3);
    stage.move(SHARD, 3, 2, 1);
    stage.confirm(SHARD, 3, 2, 1);
    stage.sweep(2, SHARD);
    for (const group of [1, 2]) stage.take(group, 4);
    stage.copyRows(SHARD, 4, 1, 2);
    stage.changes(SHARD, 4, 1, 0, true);
    stage.propose(1, { type: 'release', shard: SHARD, configuration: 2 });
    ensure(stage.stateOf(1, SHARD) === 'leaving', 'the only copy was released');
  },
};

const confirmationsApart: Scene = {
  name: 'shard.H4: an owner that was not told is told, though the shard has come again from another',
  run: () => {
    const stage = new Stage([1, 1], [2, 1], [3, 1], [2, 1]);
    stage.append(1, KEY, 1);
    for (const group of [1, 2, 3]) stage.take(group, 2);
    stage.move(SHARD, 2, 1, 2);
    for (const group of [2, 3]) stage.take(group, 3);
    stage.move(SHARD, 3, 2, 3);
    stage.confirm(SHARD, 3, 2, 3);
    stage.sweep(2, SHARD);
    for (const group of [2, 3]) stage.take(group, 4);
    stage.move(SHARD, 4, 3, 2);
    const told = stage
      .group(2)
      .work()
      .confirmations.map(({ configuration, to }) => `${to.group} of ${configuration}`);
    ensure(String(told) === '1 of 2,3 of 4', `to be told: ${told}`);
  },
};

const lateRelease: Scene = {
  name: 'shard.H4: a replica that has not heard of the move does not say that it has released',
  run: () => {
    const stage = new Stage([1, 1], [2, 1]);
    const request = { type: 'release', shard: SHARD, configuration: 2 } as const;
    ensure(stage.group(1).serve(request).type === 'not-now', 'it knows nothing of the move');
  },
};

const waitsForItsShards: Scene = {
  name: 'shard.H5: a configuration waits for the shards that it moves, and for no others',
  run: () => {
    const stage = new Stage([1, 1], [2, 1], [2, 3], [1, 3]);
    stage.append(1, KEY, 1);
    for (const group of [1, 2, 3]) stage.take(group, 2);
    ensure(stage.take(1, 3) === 'done', 'the shard that leaves is not concerned');
    ensure(stage.take(2, 3) === 'done', 'the shard that arrives is not concerned');
    ensure(stage.take(1, 4) === 'not-now', 'a shard comes back before it has left');
    ensure(stage.take(2, 4) === 'not-now', 'a shard leaves before it has arrived');
    stage.move(SHARD, 2, 1, 2);
    ensure(stage.take(2, 4) === 'done', 'it has arrived');
    ensure(stage.take(1, 4) === 'not-now', 'the new owner has it, but it is still here');
    stage.confirm(SHARD, 2, 1, 2);
    ensure(stage.take(1, 4) === 'not-now', 'it is still to be swept');
    stage.sweep(1, SHARD);
    ensure(stage.take(1, 4) === 'done', 'it is gone');
  },
};

const onlyWhatGoesOn: Scene = {
  name: 'a part that comes twice, late or out of order changes nothing',
  run: () => {
    const stage = new Stage([1, 1], [2, 1]);
    for (const client of ['one', 'two', 'three']) stage.append(1, KEY, 1, client);
    for (const group of [1, 2]) stage.take(group, 2);
    const parts = stage.copyRows(SHARD, 2, 1, 2);
    ensure(parts.length > 2, 'a row a part');
    stage.append(1, KEY, 2, 'one');
    const changes = stage.changes(SHARD, 2, 1, 0, false);
    stage.append(1, KEY, 3, 'one');
    ensure(changes.type === 'changes', 'changes were asked for');
    const later = stage.changes(SHARD, 2, 1, changes.through, true);
    ensure(stage.install(2, SHARD, 2, later) === 'not-now', 'a gap');
    stage.install(2, SHARD, 2, changes);
    for (const part of [...parts, changes])
      ensure(stage.install(2, SHARD, 2, part) === 'not-now', 'taken twice');
    stage.install(2, SHARD, 2, later);
    ensure(stage.install(2, SHARD, 2, later) === 'not-now', 'the last part was taken twice');
    ensure(isSame(stage.append(2, KEY, 3, 'one'), stage.append(2, KEY, 3, 'one')), 'the sessions are gone');
  },
};

const partOfEarlierMove: Scene = {
  name: 'a part of an earlier move changes nothing',
  run: () => {
    const stage = new Stage([1, 1], [2, 1], [1, 1], [2, 1]);
    stage.append(1, KEY, 1);
    for (const group of [1, 2]) stage.take(group, 2);
    const old = stage.move(SHARD, 2, 1, 2);
    stage.confirm(SHARD, 2, 1, 2);
    stage.sweep(1, SHARD);
    for (const group of [1, 2]) stage.take(group, 3);
    stage.move(SHARD, 3, 2, 1);
    stage.confirm(SHARD, 3, 2, 1);
    stage.sweep(2, SHARD);
    stage.append(1, KEY, 2);
    for (const group of [1, 2]) stage.take(group, 4);
    ensure(old !== undefined && stage.install(2, SHARD, 2, old) === 'not-now', 'old rows were taken');
  },
};

const othersGoOn: Scene = {
  name: 'a shard that does not move is served all the while, and one that has arrived at once',
  run: () => {
    const stage = new Stage([1, 1], [2, 2], [2, 2]);
    stage.append(1, KEY, 1);
    stage.append(1, OTHER_KEY, 2);
    for (const group of [1, 2]) stage.take(group, 2);
    stage.move(SHARD, 2, 1, 2);
    ensure(stage.isServed(2, KEY), 'it has arrived');
    ensure(stage.isServed(1, OTHER_KEY), 'the other one is still at home');
    ensure(stage.stateOf(2, OTHER_SHARD) === 'arriving', 'and on its way');
    for (const group of [1, 2])
      ensure(stage.take(group, 3) === 'done', 'a change that moves nothing must not wait');
  },
};

export const SCENES: readonly Scene[] = [
  onlyTheNext,
  oneOwner,
  sessionsTravel,
  keptUntilConfirmed,
  lateConfirmation,
  confirmationsApart,
  lateRelease,
  waitsForItsShards,
  onlyWhatGoesOn,
  partOfEarlierMove,
  othersGoOn,
];
