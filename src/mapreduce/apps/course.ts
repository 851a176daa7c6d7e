/** The applications by which the course tests a MapReduce; those that count and search are in texts.ts. */
import { textByteLength } from '../../codec/index.ts';
import { type Application, collect, type TaskContext } from '../application.ts';

const MAPS = 'map';
const CRASH_PART = 0.33;
const STALL_PART = 0.33;
const STALL_MS_MAX = 10_000;

const sortedValues: Application['reduce'] = async (_key, values) => (await collect(values)).sort().join(' ');

/** `mtiming`: how many workers execute map tasks at a time. */
export const mapParallelism: Application = {
  async map(_name, _contents, emit, context) {
    const begunMs = context.nowMs();
    const together = await context.meet('map', 1_000);
    emit(`times-${context.worker}`, (begunMs / 1_000).toFixed(1));
    emit(`parallel-${context.worker}`, String(together));
  },
  reduce: sortedValues,
};

/** `rtiming`: how many workers execute reduce tasks at a time. */
export const reduceParallelism: Application = {
  map(_name, _contents, emit) {
    for (const key of 'abcdefghij') emit(key, '1');
  },
  reduce: async (_key, _values, context) => String(await context.meet('reduce', 1_000)),
};

/** `jobcount`: how often map was executed. As often as there are inputs, if nothing ran twice. */
export const jobCount: Application = {
  async map(_name, _contents, emit, context) {
    await context.count(MAPS);
    await context.sleep(2_000 + Math.floor(context.random() * 3_000));
    emit('a', 'x');
  },
  reduce: async (_key, _values, context) => String(await context.counted(MAPS)),
};

/** `early_exit`: some keys take long, and no worker may be gone before they are done. */
export const earlyExit: Application = {
  map: (name, _contents, emit) => emit(name, '1'),
  async reduce(name, values, context) {
    if (name.includes('sherlock') || name.includes('tom')) await context.sleep(3_000);
    return String((await collect(values)).length);
  },
};

/** `nocrash`: what `crash` must come to, whatever happens on the way. */
export const noCrash: Application = {
  map(name, contents, emit) {
    emit('a', name);
    emit('b', String(name.length));
    emit('c', String(textByteLength(contents)));
    emit('d', 'xyzzy');
  },
  reduce: sortedValues,
};

/** `crash`: a third of all calls kill the worker, a third stall it, perhaps for longer than the time-out. */
export const crash: Application = {
  async map(name, contents, emit, context) {
    await maybeCrash(context);
    await noCrash.map(name, contents, emit, context);
  },
  async reduce(key, values, context) {
    await maybeCrash(context);
    return sortedValues(key, values, context);
  },
};

async function maybeCrash(context: TaskContext): Promise<void> {
  const fate = context.random();
  if (fate < CRASH_PART) await context.crash();
  else if (fate < CRASH_PART + STALL_PART) await context.sleep(Math.floor(context.random() * STALL_MS_MAX));
}
