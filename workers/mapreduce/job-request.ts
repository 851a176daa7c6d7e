/** Reads what `POST /v1/mapreduce/jobs` brings. */
import * as z from 'zod';
import { type Applications, DEFAULT_JOB_OPTIONS, JOB_LIMITS } from '../../src/mapreduce/index.ts';
import type { OutputPlace } from './codecs.ts';

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

const INPUT_KINDS = '"input" has "objects", a list of names, or "prefix", or "store"';
const OUTPUT_KINDS = '"output" has "store", the prefix of the keys';

const INPUT = fields('"input"', {
  objects: z.array(text(INPUT_KINDS), INPUT_KINDS).optional(),
  prefix: text(INPUT_KINDS).optional(),
  store: text(INPUT_KINDS).optional(),
}).transform(({ objects, prefix, store }, context): InputPlace => {
  if (objects !== undefined) return { type: 'objects', names: objects };
  if (prefix !== undefined) return { type: 'prefix', prefix };
  if (store !== undefined) return { type: 'store', prefix: store };
  context.addIssue(INPUT_KINDS);
  return z.NEVER;
});

const ARGUMENT = text(({ path }) => `the argument "${String(path?.at(-1))}" is not a string`);

const JOB = fields('the job', {
  application: text('"application" is the name of an application'),
  arguments: z
    .record(text('the name of an argument is no text'), ARGUMENT, '"arguments" is not an object')
    .nullish()
    .transform((given) => given ?? {}),
  input: INPUT,
  output: fields('"output"', { store: text(OUTPUT_KINDS) })
    .optional()
    .transform((place): OutputPlace => (place ? { type: 'store', prefix: place.store } : { type: 'bucket' })),
  reduceTasks: integer('reduceTasks', [1, JOB_LIMITS.reduceTasksMax], REDUCE_TASKS_DEFAULT),
  workers: integer('workers', [1, WORKERS_MAX], WORKERS_DEFAULT),
  options: fields('"options"', {
    taskTimeoutMs: integer('taskTimeoutMs', [2_000, 3_600_000], DEFAULT_JOB_OPTIONS.taskTimeoutMs),
    backupAfterMs: integer('backupAfterMs', [1_000, 86_400_000], DEFAULT_JOB_OPTIONS.backupAfterMs),
    attemptsMax: integer('attemptsMax', [1, 10_000], DEFAULT_JOB_OPTIONS.attemptsMax),
    pollMs: integer('pollMs', [50, 10_000], DEFAULT_JOB_OPTIONS.pollMs),
  })
    .nullish()
    .transform((given) => given ?? DEFAULT_JOB_OPTIONS),
});

export type JobRequest = z.infer<typeof JOB>;

/** Throws `JobRequestError`. */
export function readJobRequest(body: unknown, applications: Applications): JobRequest {
  const { data, error } = JOB.safeParse(body);
  if (error !== undefined) throw new JobRequestError(error.issues[0]?.message);
  const application = applications.get(data.application);
  if (application === undefined)
    throw new JobRequestError(`"application" is one of ${[...applications.keys()].join(', ')}`);
  const objection = application.checkArguments?.(data.arguments);
  if (objection !== undefined) throw new JobRequestError(objection);
  return data;
}

/** A field without a meaning is an error: it was meant to mean something. */
function fields<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${what} has no field "${issue.keys[0]}"`
        : `${what} is not an object`,
  });
}

/** Half of a surrogate pair is in no name and in no key. */
function text(error: string | z.core.$ZodErrorMap) {
  return z.string({ error }).refine((value) => value.isWellFormed(), { error });
}

function integer(name: string, [least, most]: readonly [number, number], absent: number) {
  const error = `"${name}" is an integer from ${least} to ${most}`;
  return z
    .int(error)
    .min(least, error)
    .max(most, error)
    .nullish()
    .transform((value) => value ?? absent);
}
