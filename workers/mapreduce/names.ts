/** How the objects of a job and its objects in the bucket are called. */
import { textByteLength } from '../../src/codec/index.ts';
import { JOB_LIMITS, outputName } from '../../src/mapreduce/index.ts';

/** Uploaded by users. */
export const INPUTS = 'inputs/';

const CONTROL_CHARACTER = /\p{Cc}/u;

export const OBJECT_NAME_RULE = `is named by 1 to ${JOB_LIMITS.nameBytesMax} bytes without control characters`;

/** A line feed in a name would be one in the lines that tell where something was found. */
export function isObjectName(name: string): boolean {
  const bytes = textByteLength(name);
  return bytes > 0 && bytes <= JOB_LIMITS.nameBytesMax && !CONTROL_CHARACTER.test(name);
}

/** What an application knows an object by: what was uploaded has the name that its user gave it. */
export function documentName(object: string): string {
  return object.startsWith(INPUTS) ? object.slice(INPUTS.length) : object;
}

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
