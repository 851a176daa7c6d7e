import { expect, test } from 'vitest';
import { SHARD_COMMAND } from '../../../src/shard/index.ts';
import { MODEL_TIME_MS } from './model/model-clients.ts';
import { SCENES } from './model/scenes.ts';
import { KEY, SHARD, Stage } from './model/stage.ts';

test.each(SCENES.map(({ name, run }) => [name, run] as const))('%s', (_, run) => {
  expect(run).not.toThrow();
});

test('a refusal names who serves the shard, as far as the group knows', () => {
  const stage = new Stage([1, 1], [2, 1]);
  expect(stage.get(3, KEY)).toEqual({ type: 'wrong-group', configuration: 1, owner: 1 });
  stage.take(2, 2);
  // It is still on its way.
  expect(stage.get(2, KEY)).toEqual({ type: 'wrong-group', configuration: 2, owner: 1 });
  stage.take(1, 2);
  stage.propose(1, { type: 'freeze', shard: SHARD, configuration: 2, since: 0 });
  expect(stage.get(1, KEY)).toEqual({ type: 'wrong-group', configuration: 2, owner: 2 });
});

test('a release while the shard is served is refused, and the shard stays (shard.H2)', () => {
  const stage = new Stage([1, 1], [2, 1]);
  stage.append(1, KEY, 1);
  stage.take(1, 2);
  const release = SHARD_COMMAND.encode({ type: 'release', shard: SHARD, configuration: 2 });
  expect(stage.group(1).apply(release, MODEL_TIME_MS)).toEqual({ type: 'not-now' });
  expect(stage.stateOf(1, SHARD)).toBe('leaving');
  expect(stage.get(1, KEY)).toMatchObject({ type: 'found' });
});

test('a shard that leaves for nobody is deleted, and one that nobody had is served at once', () => {
  const stage = new Stage([1, 1], [0, 0], [2, 2]);
  stage.append(1, KEY, 1);
  stage.take(1, 2);
  expect(stage.stateOf(1, SHARD)).toBe('deleting');
  stage.sweep(1, SHARD);
  expect(stage.stateOf(1, SHARD)).toBe('none');
  for (const number of [2, 3]) stage.take(2, number);
  expect(stage.get(2, KEY)).toEqual({ type: 'absent', revision: 0 });
});
