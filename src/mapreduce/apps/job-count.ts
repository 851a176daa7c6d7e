import type { Application } from '../application.ts';

const MAPS = 'map';

/** The course's `jobcount`: how often map was executed. As often as there are inputs, if nothing ran twice. */
export const jobCount: Application = {
  async map(_name, _contents, emit, context) {
    await context.count(MAPS);
    await context.sleep(2_000 + Math.floor(context.random() * 3_000));
    emit('a', 'x');
  },
  reduce: async (_key, _values, context) => String(await context.counted(MAPS)),
};
