import { expect, test } from 'vitest';
import { takeTurns } from '../../../../tools/bench/turns.ts';

const turns = takeTurns(['a', 'b', 'c'], ['get', 'put'], 4);

test('in each round each contender has each workload once', () => {
  for (let round = 0; round < 4; round += 1) {
    const pairs = turns.filter((turn) => turn.round === round).map((turn) => turn.contender + turn.workload);
    expect(pairs.toSorted()).toEqual(['aget', 'aput', 'bget', 'bput', 'cget', 'cput']);
  }
});

test('those who are compared follow one another, and nobody always comes after the same one', () => {
  const inShort = turns.map(({ contender, workload }) => `${contender}:${workload}`);
  expect(inShort.slice(0, 6)).toEqual(['a:get', 'b:get', 'c:get', 'a:put', 'b:put', 'c:put']);
  expect(inShort.slice(6, 12)).toEqual(['c:get', 'b:get', 'a:get', 'c:put', 'b:put', 'a:put']);
});
