/** How the objects of a job and its objects in the bucket are called. */
import { outputName } from '../../src/mapreduce/index.ts';

/** Uploaded by users. */
export const INPUTS = 'inputs/';
/** One entry for each job. */
export const CATALOGUE = 'jobs/';

const LATEST_MS = Date.UTC(2200, 0);
const TIME_DIGITS = 9;
const RANDOM_CHARACTERS = 8;

/** Later jobs come first in the order of names, so that a list of jobs begins with the latest. */
export function newJobName(nowMs: number): string {
  const time = (LATEST_MS - nowMs).toString(36).padStart(TIME_DIGITS, '0');
  return `${time}-${crypto.randomUUID().slice(0, RANDOM_CHARACTERS)}`;
}

export function isJobName(name: string): boolean {
  return /^[0-9a-z]{9}-[0-9a-f]{8}$/.test(name);
}

export function workerName(job: string, index: number): string {
  return `${job}/worker-${index + 1}`;
}

export function jobOfWorker(worker: string): string {
  return worker.slice(0, Math.max(0, worker.indexOf('/')));
}

export function outputKey(job: string, reduce: number): string {
  return `outputs/${job}/${outputName(reduce)}`;
}
