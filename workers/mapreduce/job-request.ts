/** Reads what `POST /v1/mapreduce/jobs` brings. */
import {
  type Arguments,
  applicationNames,
  DEFAULT_JOB_OPTIONS,
  findApplication,
  JOB_LIMITS,
  type JobOptions,
} from '../../src/mapreduce/index.ts';
import type { OutputPlace } from './codecs.ts';

export interface JobRequest {
  readonly application: string;
  readonly arguments: Arguments;
  readonly input: InputPlace;
  readonly output: OutputPlace;
  readonly reduceTasks: number;
  readonly workers: number;
  readonly options: JobOptions;
}

export type InputPlace =
  /** Objects of the bucket, by name. */
  | { readonly type: 'objects'; readonly names: readonly string[] }
  /** All objects of the bucket whose names begin so. */
  | { readonly type: 'prefix'; readonly prefix: string }
  /** All keys of the store that begin so. */
  | { readonly type: 'store'; readonly prefix: string };

/** What is wrong, for the one who sent it. */
export class JobRequestError extends Error {
  override readonly name = 'JobRequestError';
}

const WORKERS_MAX = 64;
const WORKERS_DEFAULT = 4;
const REDUCE_TASKS_DEFAULT = 10;

const OPTION_RANGES: { readonly [Name in keyof JobOptions]: readonly [number, number] } = {
  taskTimeoutMs: [2_000, 3_600_000],
  backupAfterMs: [1_000, 86_400_000],
  attemptsMax: [1, 10_000],
  pollMs: [50, 10_000],
};

const OPTION_NAMES = ['taskTimeoutMs', 'backupAfterMs', 'attemptsMax', 'pollMs'] as const;

const JOB_FIELDS = [
  'application',
  'arguments',
  'input',
  'output',
  'reduceTasks',
  'workers',
  'options',
] as const;

/** The members of a JSON object as they may come in: anything, or nothing. */
type Fields<Name extends string> = { readonly [Field in Name]?: unknown };

/** Throws `JobRequestError`. */
export function readJobRequest(body: unknown): JobRequest {
  const fields = readFields(body, 'the job', JOB_FIELDS);
  const { application: name } = fields;
  const application = typeof name === 'string' ? findApplication(name) : undefined;
  if (typeof name !== 'string' || application === undefined)
    throw new JobRequestError(`"application" is one of ${applicationNames().join(', ')}`);
  const given = readArguments(fields.arguments);
  const objection = application.checkArguments?.(given);
  if (objection !== undefined) throw new JobRequestError(objection);
  return {
    application: name,
    arguments: given,
    input: readInput(fields.input),
    output: readOutput(fields.output),
    reduceTasks: readInteger(fields, 'reduceTasks', REDUCE_TASKS_DEFAULT, [1, JOB_LIMITS.reduceTasksMax]),
    workers: readInteger(fields, 'workers', WORKERS_DEFAULT, [1, WORKERS_MAX]),
    options: readOptions(fields.options),
  };
}

function readArguments(value: unknown): Arguments {
  const given: Record<string, string> = {};
  for (const [name, text] of Object.entries(readObject(value ?? {}, '"arguments"'))) {
    if (!isText(name) || !isText(text)) throw new JobRequestError(`the argument "${name}" is not a string`);
    given[name] = text;
  }
  return given;
}

function readInput(value: unknown): InputPlace {
  const { objects, prefix, store } = readFields(value, '"input"', ['objects', 'prefix', 'store']);
  if (isNames(objects)) return { type: 'objects', names: objects };
  if (isText(prefix)) return { type: 'prefix', prefix };
  if (isText(store)) return { type: 'store', prefix: store };
  throw new JobRequestError('"input" has "objects", a list of names, or "prefix", or "store"');
}

function readOutput(value: unknown): OutputPlace {
  if (value === undefined) return { type: 'bucket' };
  const { store } = readFields(value, '"output"', ['store']);
  if (!isText(store)) throw new JobRequestError('"output" has "store", the prefix of the keys');
  return { type: 'store', prefix: store };
}

function readOptions(value: unknown): JobOptions {
  const fields = readFields(value ?? {}, '"options"', OPTION_NAMES);
  const options: { -readonly [Name in keyof JobOptions]: number } = { ...DEFAULT_JOB_OPTIONS };
  for (const name of OPTION_NAMES)
    options[name] = readInteger(fields, name, options[name], OPTION_RANGES[name]);
  return options;
}

function readInteger<Name extends string>(
  fields: Fields<Name>,
  name: Name,
  absent: number,
  [least, most]: readonly [number, number],
): number {
  const value = fields[name] ?? absent;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new JobRequestError(`"${name}" is an integer from ${least} to ${most}`);
}

/** A field without a meaning is an error: it was meant to mean something. */
function readFields<Name extends string>(value: unknown, what: string, names: readonly Name[]): Fields<Name> {
  const object = readObject(value, what);
  const stranger = Object.keys(object).find((field) => !names.some((name) => name === field));
  if (stranger !== undefined) throw new JobRequestError(`${what} has no field "${stranger}"`);
  return object as Fields<Name>;
}

function readObject(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new JobRequestError(`${what} is not an object`);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** JSON can say half of a surrogate pair, which no name and no key holds. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
