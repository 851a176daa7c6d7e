import { describe, expect, test } from 'vitest';
import { DEFAULT_DATA_LIMITS, progressOf, step } from '../../../src/mapreduce/index.ts';
import { resultOf } from '../../../src/mapreduce/task.ts';
import { TINY_LIMITS } from './support/limits.ts';
import { Random } from './support/random.ts';
import { type Faults, NO_FAULTS, type Parts, REAL_PARTS, Simulation } from './support/simulation.ts';

const SEEDS = Array.from({ length: 40 }, (_, at) => at + 1);

const EVERYTHING: Faults = {
  untilMs: 60_000,
  requestLost: 0.1,
  replyLost: 0.1,
  requestRepeated: 0.2,
  delayMsMax: 50,
  workerCrashEveryMs: 1_500,
  diskLost: 0.3,
  coordinatorCrashEveryMs: 2_000,
  outputLost: 0.1,
  stall: 0.03,
};

const WORDS = ['a', 'the', 'Fish', 'élan', '漢字', 'naïve', 'zoo', 'word', 'of', 'and', 'Ωmega', 'x'];

/** A few pages, with lines longer than a piece, characters of several bytes, and one empty object. */
function texts(seed: number): Record<string, string> {
  const random = new Random(seed);
  const page = (): string =>
    Array.from(
      { length: 20 + random.upTo(40) },
      () => `${random.pick(WORDS)}${random.pick([' ', ', ', '\n', '. '])}`,
    )
      .join('')
      .repeat(1 + random.upTo(3));
  const pages = Array.from({ length: 1 + random.upTo(4) }, (_, at) => [`page-${at}`, page()]);
  return { ...Object.fromEntries(pages), empty: '' };
}

function broken(seed: number, parts: Parts = REAL_PARTS, application = 'wc'): Simulation {
  return new Simulation({
    seed,
    application,
    sequentialApplication: application,
    texts: texts(seed),
    workers: 4,
    reduceTasks: 1 + (seed % 7),
    faults: EVERYTHING,
    limits: TINY_LIMITS,
    parts,
  });
}

describe('whatever breaks, the output is the sequential one and every result is committed once', () => {
  test.each(SEEDS)('word count, seed %i', async (seed) => {
    expect(await broken(seed).run()).toEqual([]);
  });

  test.each(SEEDS.slice(0, 20))('inverted index, seed %i', async (seed) => {
    expect(await broken(seed, REAL_PARTS, 'indexer').run()).toEqual([]);
  });
});

test('the simulation does break things: crashes, lost results, repeated attempts', async () => {
  let crashes = 0;
  let coordinatorCrashes = 0;
  let lostMaps = 0;
  let lostOutputs = 0;
  let lateWinners = 0;
  for (const seed of SEEDS.slice(0, 20)) {
    const simulation = broken(seed);
    await simulation.run();
    crashes += simulation.workerCrashes;
    coordinatorCrashes += simulation.coordinatorCrashes;
    const { maps, reduces } = simulation.state;
    lostMaps += maps.filter((task) => task.voidThrough > 0).length;
    lostOutputs += reduces.filter((task) => task.voidThrough > 0).length;
    lateWinners += [...maps, ...reduces].filter(
      (task) => (resultOf(task)?.attempt ?? 0) < task.attempts,
    ).length;
  }
  expect(crashes).toBeGreaterThan(20);
  expect(coordinatorCrashes).toBeGreaterThan(20);
  expect(lostMaps).toBeGreaterThan(5);
  expect(lostOutputs).toBeGreaterThan(0);
  expect(lateWinners).toBeGreaterThan(0);
});

test('the same seed gives the same run', async () => {
  const runs = [broken(5), broken(5)];
  for (const simulation of runs) await simulation.run();
  expect(runs[0]?.state).toEqual(runs[1]?.state);
  expect(runs[0]?.time.nowMs).toBe(runs[1]?.time.nowMs);
});

describe('the rig notices', () => {
  const mutants: readonly (readonly [string, Partial<Parts>])[] = [
    [
      'a report that replaces an earlier result',
      {
        step: (state, input, nowMs) => {
          const after = step(state, input, nowMs);
          if (after.answer.type !== 'superseded' || input.type !== 'completed') return after;
          if (state.status.type !== 'running' || input.attempt.kind !== 'map') return after;
          const { worker, output, statistics } = input;
          const result = { attempt: input.attempt.attempt, worker, output, statistics };
          const replace = (task: (typeof state.maps)[number]) =>
            task.index === input.attempt.task
              ? { ...task, state: { type: 'completed' as const, result } }
              : task;
          return { ...after, state: { ...after.state, maps: after.state.maps.map(replace) } };
        },
      },
    ],
    [
      'lost map outputs that are not made again',
      {
        step: (state, input, nowMs) =>
          step(state, input.type === 'sources-missing' ? { ...input, sources: [] } : input, nowMs),
      },
    ],
    [
      'reduce tasks that are not written to rows',
      {
        saveJob: (table, before, after) =>
          REAL_PARTS.saveJob(
            table,
            before,
            before === undefined ? after : { ...after, reduces: before.reduces },
          ),
      },
    ],
    [
      'a run that ends before its last chunk',
      {
        serveChunk: (disk, request) => {
          const next = REAL_PARTS.serveChunk(disk, { ...request, chunk: request.chunk + 1 });
          const reply = REAL_PARTS.serveChunk(disk, request);
          return reply.type === 'chunk' && next.type === 'chunk' && next.last
            ? { ...reply, last: true }
            : reply;
        },
      },
    ],
  ];

  test.each(mutants)('%s', async (_, mutant) => {
    let caughtBy: number | undefined;
    for (const seed of SEEDS) {
      if ((await broken(seed, { ...REAL_PARTS, ...mutant }).run()).length === 0) continue;
      caughtBy = seed;
      break;
    }
    expect(caughtBy).toBeDefined();
  });
});

describe('the course’s checks, in virtual time', () => {
  const BOOKS = Object.fromEntries(
    ['being', 'dorian', 'frank', 'grimm', 'huck', 'meta', 'sherlock', 'tom'].map((name) => [
      `pg-${name}.txt`,
      `The book of ${name},\nand of the fish.\n`,
    ]),
  );

  function check(application: string, workers: number, sequentialApplication?: string): Simulation {
    const base = {
      seed: 1,
      application,
      texts: BOOKS,
      workers,
      reduceTasks: 10,
      limits: DEFAULT_DATA_LIMITS,
    };
    return new Simulation(sequentialApplication === undefined ? base : { ...base, sequentialApplication });
  }

  test('wc', async () => {
    expect(await check('wc', 3, 'wc').run()).toEqual([]);
  });

  test('indexer', async () => {
    expect(await check('indexer', 2, 'indexer').run()).toEqual([]);
  });

  test('map parallelism: two workers map at the same time', async () => {
    const simulation = check('mtiming', 2);
    expect(await simulation.run()).toEqual([]);
    expect(simulation.monitor.output.match(/^times-/gm)?.length).toBe(2);
    expect(simulation.monitor.output).toMatch(/^parallel-w\d .*2/m);
  });

  test('reduce parallelism: at least two outputs saw two reducers', async () => {
    const simulation = check('rtiming', 2);
    expect(await simulation.run()).toEqual([]);
    expect(simulation.monitor.output.match(/^[a-j] 2$/gm)?.length).toBeGreaterThanOrEqual(2);
  });

  test('job count: eight inputs, eight maps, nothing runs twice', async () => {
    const simulation = check('jobcount', 4);
    expect(await simulation.run()).toEqual([]);
    expect(simulation.monitor.output).toBe('a 8\n');
    expect(progressOf(simulation.state, 0)).toMatchObject({ attempts: 8 + 10, failures: 0 });
  });

  test('early exit: no worker leaves before all outputs are published', async () => {
    const simulation = check('early_exit', 3, 'early_exit');
    expect(await simulation.run()).toEqual([]);
    expect(simulation.time.nowMs).toBeGreaterThan(3_000);
  });

  test.each(SEEDS.slice(0, 10))(
    'crash: workers crash and stall, and the output is that of nocrash (seed %i)',
    async (seed) => {
      const simulation = new Simulation({
        seed,
        application: 'crash',
        sequentialApplication: 'nocrash',
        texts: BOOKS,
        workers: 4,
        reduceTasks: 10,
        faults: { ...NO_FAULTS, untilMs: 10_000, coordinatorCrashEveryMs: 2_000 },
        jobOptions: { attemptsMax: 32 },
      });
      expect(await simulation.run()).toEqual([]);
      expect(simulation.workerCrashes).toBeGreaterThan(0);
    },
  );
});
