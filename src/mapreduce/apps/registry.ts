import type { Application } from '../application.ts';
import { crash } from './crash.ts';
import { earlyExit } from './early-exit.ts';
import { grep } from './grep.ts';
import { invertedIndex } from './inverted-index.ts';
import { jobCount } from './job-count.ts';
import { mapParallelism } from './map-parallelism.ts';
import { noCrash } from './no-crash.ts';
import { reduceParallelism } from './reduce-parallelism.ts';
import { top } from './top.ts';
import { urlCount } from './url-count.ts';
import { wordCount } from './word-count.ts';

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
