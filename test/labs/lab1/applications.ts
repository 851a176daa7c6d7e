/**
 * The applications by which the course tests a MapReduce, beside those that a deployment has. They do what no
 * application of a deployment may: wait, meet, count what is executed, and end their worker. All of it is the host's.
 */

import { textByteLength } from '../../../src/codec/index.ts';
import { APPLICATIONS, type Application, type Applications, collect } from '../../../src/mapreduce/index.ts';

/** One worker, as its tasks may know it. */
export interface CourseHost {
  readonly worker: string;
  nowMs(): number;
  /** At least 0, below 1. */
  random(): number;
  sleep(ms: number): Promise<void>;
  /** Ends this worker as a crash would. Never returns. */
  crash(): Promise<never>;
  /** Adds one to a counter of the job; each execution counts, also a repeated one. */
  count(counter: string): Promise<void>;
  counted(counter: string): Promise<number>;
  /** Stays for `ms` at the place named, and says how many workers were there, this one included. */
  meet(place: string, ms: number): Promise<number>;
}

const MAPS = 'map';
const CRASH_PART = 0.33;
const STALL_PART = 0.33;
const STALL_MS_MAX = 10_000;

/** By the course's names. */
export function labApplications(host: CourseHost): Applications {
  return new Map([
    ...APPLICATIONS,
    ['mtiming', mapParallelism(host)],
    ['rtiming', reduceParallelism(host)],
    ['jobcount', jobCount(host)],
    ['early_exit', earlyExit(host)],
    ['crash', crash(host)],
    ['nocrash', noCrash],
  ]);
}

const sortedValues: Application['reduce'] = async (_key, values) => (await collect(values)).sort().join(' ');

/** How many workers execute map tasks at a time. */
function mapParallelism(host: CourseHost): Application {
  return {
    async map(_name, _contents, emit) {
      const begunMs = host.nowMs();
      const together = await host.meet('map', 1_000);
      emit(`times-${host.worker}`, (begunMs / 1_000).toFixed(1));
      emit(`parallel-${host.worker}`, String(together));
    },
    reduce: sortedValues,
  };
}

/** How many workers execute reduce tasks at a time. */
function reduceParallelism(host: CourseHost): Application {
  return {
    map(_name, _contents, emit) {
      for (const key of 'abcdefghij') emit(key, '1');
    },
    reduce: async () => String(await host.meet('reduce', 1_000)),
  };
}

/** How often map was executed. As often as there are inputs, if nothing ran twice. */
function jobCount(host: CourseHost): Application {
  return {
    async map(_name, _contents, emit) {
      await host.count(MAPS);
      await host.sleep(2_000 + Math.floor(host.random() * 3_000));
      emit('a', 'x');
    },
    reduce: async () => String(await host.counted(MAPS)),
  };
}

/** Some keys take long, and no worker may be gone before they are done. */
function earlyExit(host: CourseHost): Application {
  return {
    map: (name, _contents, emit) => emit(name, '1'),
    async reduce(name, values) {
      if (name.includes('sherlock') || name.includes('tom')) await host.sleep(3_000);
      return String((await collect(values)).length);
    },
  };
}

/** What `crash` must come to, whatever happens on the way. */
const noCrash: Application = {
  map(name, contents, emit) {
    emit('a', name);
    emit('b', String(name.length));
    emit('c', String(textByteLength(contents)));
    emit('d', 'xyzzy');
  },
  reduce: sortedValues,
};

/** A third of all calls kill the worker, a third stall it, perhaps for longer than the time-out. */
function crash(host: CourseHost): Application {
  const maybeCrash = async (): Promise<void> => {
    const fate = host.random();
    if (fate < CRASH_PART) await host.crash();
    else if (fate < CRASH_PART + STALL_PART) await host.sleep(Math.floor(host.random() * STALL_MS_MAX));
  };
  return {
    async map(name, contents, emit, context) {
      await maybeCrash();
      await noCrash.map(name, contents, emit, context);
    },
    async reduce(key, values, context) {
      await maybeCrash();
      return sortedValues(key, values, context);
    },
  };
}

/** One worker alone, which never waits and never crashes. */
export function quietHost(): CourseHost {
  const counters = new Map<string, number>();
  return {
    worker: 'sequential',
    nowMs: () => 0,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
    crash: () => Promise.reject(new Error('a sequential run cannot crash')),
    count: (counter) => {
      counters.set(counter, (counters.get(counter) ?? 0) + 1);
      return Promise.resolve();
    },
    counted: (counter) => Promise.resolve(counters.get(counter) ?? 0),
    meet: () => Promise.resolve(1),
  };
}
