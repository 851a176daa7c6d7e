import { type Application, collect } from '../application.ts';

/** The course's `mtiming`: how many workers execute map tasks at a time. */
export const mapParallelism: Application = {
  async map(_name, _contents, emit, context) {
    const begunMs = context.nowMs();
    const together = await context.meet('map', 1_000);
    emit(`times-${context.worker}`, (begunMs / 1_000).toFixed(1));
    emit(`parallel-${context.worker}`, String(together));
  },
  reduce: async (_key, values) => (await collect(values)).sort().join(' '),
};
