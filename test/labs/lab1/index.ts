import { eightTexts } from '../../../tools/harness/texts.ts';
import { check, type Figure, type LabTest } from '../lab-test.ts';
import {
  checkSameLines,
  type LabJob,
  type LabResult,
  runLabJob,
  sequentialLines,
  sortedLines,
} from './lab-job.ts';

/** The course gives each process so long. */
const SECONDS_MAX = 45;
const CRASH_SECONDS_MAX = 120;
/** Two calls of three are killed or stalled, and a task may hold several keys. */
const CRASH_ATTEMPTS_MAX = 32;

/** The seven checks of the course's `test-mr.sh`. Their workers and coordinators are objects. */
export const LAB_1_TESTS: readonly LabTest[] = [
  labTest('wc', async () => {
    const result = await run({ application: 'wc', workers: 3 });
    checkSameLines(result.lines, await sequentialLines('wc', eightTexts()));
    return [seconds(result)];
  }),
  labTest('indexer', async () => {
    const result = await run({ application: 'indexer', workers: 2 });
    checkSameLines(result.lines, await sequentialLines('indexer', eightTexts()));
    return [seconds(result)];
  }),
  labTest('map-parallelism', async () => {
    const result = await run({ application: 'mtiming', workers: 2 });
    const workers = result.lines.filter((line) => line.startsWith('times-')).length;
    const parallel = result.lines.filter((line) => /^parallel-.* 2/.test(line)).length;
    return [
      { name: 'workers', measured: workers, atLeast: 2, atMost: 2 },
      { name: 'workers that saw another', measured: parallel, atLeast: 1 },
      seconds(result),
    ];
  }),
  labTest('reduce-parallelism', async () => {
    const result = await run({ application: 'rtiming', workers: 2 });
    const parallel = result.lines.filter((line) => / 2$/.test(line)).length;
    return [{ name: 'keys reduced beside another', measured: parallel, atLeast: 2 }, seconds(result)];
  }),
  labTest('job-count', async () => {
    const result = await run({ application: 'jobcount', workers: 4 });
    checkSameLines(result.lines, ['a 8']);
    return [seconds(result)];
  }),
  labTest('early-exit', async () => {
    const result = await run({ application: 'early_exit', workers: 3 });
    checkSameLines(result.lines, await sequentialLines('early_exit', eightTexts()));
    const then = Object.values(result.notes.outputsAtFirstExit ?? {});
    checkSameLines(sortedLines(then.join('')), result.lines);
    return [seconds(result)];
  }),
  labTest('crash', async () => {
    const result = await run({
      application: 'crash',
      workers: 4,
      options: { attemptsMax: CRASH_ATTEMPTS_MAX },
    });
    checkSameLines(result.lines, await sequentialLines('nocrash', eightTexts()));
    check(result.view.failures > 0, 'nothing crashed');
    return [{ name: 'attempts lost', measured: result.view.failures }, seconds(result, CRASH_SECONDS_MAX)];
  }),
];

function labTest(name: string, cluster: () => Promise<readonly Figure[]>): LabTest {
  return { lab: '1', name, runners: { cluster } };
}

function run(job: Omit<LabJob, 'texts'>): Promise<LabResult> {
  return runLabJob({ ...job, texts: eightTexts() });
}

function seconds({ view }: LabResult, atMost = SECONDS_MAX): Figure {
  return { name: 'seconds', measured: view.seconds, atMost };
}
