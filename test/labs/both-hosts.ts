import { Scheduler } from '../sim/scheduler.ts';
import { check, type Figure, type LabRunners, type WorkerdContext } from './lab-test.ts';
import { type Process, runToEnd } from './process.ts';
import { RealTime, runInRealTime } from './real-time.ts';
import type { Timeline } from './timeline.ts';

export interface BothHosts<Subject> {
  readonly simulate: (seed: number, scheduler: Scheduler) => Subject;
  readonly onObjects: (context: WorkerdContext, time: RealTime) => Subject;
  readonly test: (subject: Subject, timeline: Timeline) => Process<readonly Figure[]>;
  /** Objects go on until they are told to end. */
  readonly end: (subject: Subject) => Process;
  /** A test that has not ended so long after its beginning is taken to hang. */
  readonly hangMs: { readonly simulator: number; readonly workerd: number };
}

const CLEAN_UP_MS = 10_000;

/** The same test in virtual time, and in real time on objects. */
export function onBothHosts<Subject>(parts: BothHosts<Subject>): LabRunners {
  const { simulate, onObjects, test, end, hangMs } = parts;
  return {
    simulator: ({ seed }) => {
      const scheduler = new Scheduler();
      const ended = runToEnd(scheduler, test(simulate(seed, scheduler), scheduler), hangMs.simulator);
      check(ended !== undefined, `the test has not ended after ${hangMs.simulator / 1000} s`);
      return ended.result;
    },
    workerd: async (context) => {
      const time = new RealTime();
      const subject = onObjects(context, time);
      try {
        return await runInRealTime(time, test(subject, time), hangMs.workerd);
      } finally {
        await runInRealTime(new RealTime(), end(subject), CLEAN_UP_MS);
      }
    },
  };
}
