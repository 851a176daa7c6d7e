import fc from 'fast-check';
import { ACTIONS, type Action } from './actions.ts';
import { ModelCluster } from './model-cluster.ts';

const ACTIONS_MAX = 400;
const NUMBER_MAX = 2 ** 20 - 1;

const action: fc.Arbitrary<Action> = fc.record({
  type: fc.constantFrom(...ACTIONS),
  one: fc.nat(NUMBER_MAX),
  other: fc.nat(NUMBER_MAX),
});

/** Whatever happens on the way, shards are served by one group at a time and lose nothing. */
export function shardsMoveSafely(beforeSettling: (cluster: ModelCluster) => void = () => {}) {
  return fc.property(
    fc.array(action, { minLength: ACTIONS_MAX / 2, maxLength: ACTIONS_MAX, size: 'max' }),
    (actions) => {
      const cluster = new ModelCluster();
      for (const each of actions) cluster.step(each);
      cluster.settle();
      beforeSettling(cluster);
    },
  );
}
