import type { Application } from '../application.ts';
import { crash, earlyExit, jobCount, mapParallelism, noCrash, reduceParallelism } from './course.ts';
import { grep, invertedIndex, urlCount, wordCount } from './texts.ts';
import { top } from './top.ts';

/** The applications by the names that jobs ask for; the course's have the course's names. */
const APPLICATIONS: ReadonlyMap<string, Application> = new Map([
  ['wc', wordCount],
  ['indexer', invertedIndex],
  ['grep', grep],
  ['urls', urlCount],
  ['top', top],
  ['mtiming', mapParallelism],
  ['rtiming', reduceParallelism],
  ['jobcount', jobCount],
  ['early_exit', earlyExit],
  ['crash', crash],
  ['nocrash', noCrash],
]);

export function findApplication(name: string): Application | undefined {
  return APPLICATIONS.get(name);
}

export function applicationNames(): readonly string[] {
  return [...APPLICATIONS.keys()];
}
