import { expect, test } from 'vitest';
import { CONTENDER_NAMES } from '../../../../tools/bench/contenders/contender.ts';
import { CONTENDERS } from '../../../../tools/bench/contenders/index.ts';
import { parsePartNames, parseSizes, planOf } from '../../../../tools/bench/plan.ts';

test('there is a contender of each name, in this order', () => {
  expect(CONTENDERS.map(({ name }) => name)).toEqual(CONTENDER_NAMES);
});

test('without a choice everything is measured but growth, which takes long', () => {
  const plan = planOf({ out: '' });
  expect([...plan.contenders]).toEqual(CONTENDER_NAMES);
  expect(plan.crashes).toBeDefined();
  expect(plan.growth).toBeUndefined();
});

test('only what is named is measured, and growth may come on top', () => {
  const plan = planOf({
    out: '',
    only: parsePartNames('solo,floor'),
    growth: true,
    growthKeys: [5, 7],
    rounds: 3,
  });
  expect([...plan.contenders]).toEqual(['floor', 'solo']);
  expect(plan.crashes).toBeUndefined();
  expect(plan.growth).toMatchObject({ sizes: [5, 7], rounds: 3 });
  expect(plan.comparison.rounds).toBe(3);
  expect(planOf({ out: '', only: parsePartNames('growth') }).contenders.size).toBe(0);
});

test('what is misspelt is refused', () => {
  expect(() => parsePartNames('floor,sol')).toThrow('There are floor, solo,');
  for (const sizes of ['', '0', '10,10', '10,5', '1e3', '10,', '-1'])
    expect(() => parseSizes(sizes)).toThrow();
  expect(parseSizes('10,1000')).toEqual([10, 1000]);
});
