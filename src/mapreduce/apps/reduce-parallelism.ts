import type { Application } from '../application.ts';

/** The course's `rtiming`: how many workers execute reduce tasks at a time. */
export const reduceParallelism: Application = {
  map(_name, _contents, emit) {
    for (const key of 'abcdefghij') emit(key, '1');
  },
  reduce: async (_key, _values, context) => String(await context.meet('reduce', 1_000)),
};
