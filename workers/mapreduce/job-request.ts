/**
 * Reads what `POST /v1/mapreduce/jobs` brings. All that can be wrong with it by itself is found here, before the bucket
 * or the store is asked for anything.
 */
import * as z from 'zod';
import { textByteLength } from '../../src/codec/index.ts';
import { type Applications, DEFAULT_JOB_OPTIONS, JOB_LIMITS } from '../../src/mapreduce/index.ts';
import { LIMITS } from '../../src/protocol/index.ts';
import type { OutputPlace } from './codecs.ts';
import { documentName, isObjectName, OBJECT_NAME_RULE } from './names.ts';

/** An object of the bucket, and what the application is to know it by. */
export interface NamedObject {
  readonly object: string;
  readonly name: string;
}

export type InputPlace =
  /** Objects of the bucket, one by one. */
  | { readonly type: 'objects'; readonly objects: readonly NamedObject[] }
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

const INPUT_KINDS = '"input" has "objects", a list of names, or "prefix", or "store", and one of them only';
const OBJECTS_MAX = `"objects" has at most ${JOB_LIMITS.objectsMax} names; a "prefix" may stand for more`;
const INPUT_PREFIX = `the prefix of "input" is at most ${JOB_LIMITS.nameBytesMax} bytes without control characters`;
const INPUT_STORE = `"store" of "input" is a text of at most ${LIMITS.keyBytesMax} bytes`;
/** A key is the prefix and at least one byte. */
const OUTPUT_PREFIX_BYTES_MAX = LIMITS.keyBytesMax - 1;
const OUTPUT_KINDS = `"output" has "store", the prefix of the keys, at most ${OUTPUT_PREFIX_BYTES_MAX} bytes`;
const ARGUMENTS_MAX = `"arguments" has at most ${JOB_LIMITS.applicationArgumentsMax} names`;
const ARGUMENT_BYTES_MAX = `"arguments" takes at most ${JOB_LIMITS.applicationArgumentBytesMax} bytes, names and all`;

const OBJECT_NAME = text(INPUT_KINDS).refine(isObjectName, { error: `an object ${OBJECT_NAME_RULE}` });
const NAME = text(INPUT_KINDS).refine(isObjectName, { error: `a "name" ${OBJECT_NAME_RULE}` });

const NAMED_OBJECT = z
  .preprocess(
    (given) => (typeof given === 'string' ? { object: given } : given),
    fields('an object of "input"', { object: OBJECT_NAME, name: NAME.optional() }, INPUT_KINDS),
  )
  .transform(({ object, name = documentName(object) }): NamedObject => ({ object, name }));

const INPUT = fields('"input"', {
  // The number first: a list of a million mistakes is not read to its end.
  objects: z
    .array(z.unknown(), INPUT_KINDS)
    .max(JOB_LIMITS.objectsMax, OBJECTS_MAX)
    .pipe(z.array(NAMED_OBJECT))
    .optional(),
  prefix: text(INPUT_KINDS)
    .refine((prefix) => prefix === '' || isObjectName(prefix), { error: INPUT_PREFIX })
    .optional(),
  store: text(INPUT_KINDS).refine(isAtMost(LIMITS.keyBytesMax), { error: INPUT_STORE }).optional(),
}).transform(({ objects, prefix, store }, context): InputPlace => {
  const given = [objects, prefix, store].filter((kind) => kind !== undefined);
  if (given.length === 1) {
    if (objects !== undefined) {
      const problem = namesProblem(objects);
      if (problem === undefined) return { type: 'objects', objects };
      context.addIssue(problem);
      return z.NEVER;
    }
    if (prefix !== undefined) return { type: 'prefix', prefix };
    if (store !== undefined) return { type: 'store', prefix: store };
  }
  context.addIssue(INPUT_KINDS);
  return z.NEVER;
});

/** Not `z.record`, which drops the name `__proto__`. */
const ARGUMENTS = z
  .custom<object>(isPlainObject, '"arguments" is not an object')
  .transform((given, context): Readonly<Record<string, string>> => {
    const problem = argumentsProblem(Object.entries(given));
    if (problem === undefined) return given as Readonly<Record<string, string>>;
    context.addIssue(problem);
    return z.NEVER;
  });

const JOB = fields('the job', {
  application: text('"application" is the name of an application'),
  arguments: ARGUMENTS.nullish().transform((given) => given ?? {}),
  input: INPUT,
  output: fields('"output"', {
    store: text(OUTPUT_KINDS).refine(isAtMost(OUTPUT_PREFIX_BYTES_MAX), { error: OUTPUT_KINDS }),
  })
    .optional()
    .transform((place): OutputPlace => (place ? { type: 'store', prefix: place.store } : { type: 'bucket' })),
  reduceTasks: integer('reduceTasks', [1, JOB_LIMITS.reduceTasksMax], REDUCE_TASKS_DEFAULT),
  workers: integer('workers', [1, WORKERS_MAX], WORKERS_DEFAULT),
  options: fields('"options"', {
    taskTimeoutMs: integer('taskTimeoutMs', [2_000, 3_600_000], DEFAULT_JOB_OPTIONS.taskTimeoutMs),
    backupAfterMs: integer('backupAfterMs', [1_000, 86_400_000], DEFAULT_JOB_OPTIONS.backupAfterMs),
    attemptsMax: integer('attemptsMax', [1, 100], DEFAULT_JOB_OPTIONS.attemptsMax),
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

/** Lines of two objects must not come out under one name. The same object may be named again. */
function namesProblem(objects: readonly NamedObject[]): string | undefined {
  const objectOf = new Map<string, string>();
  for (const { object, name } of objects) {
    if ((objectOf.get(name) ?? object) !== object)
      return `two objects have the name ${JSON.stringify(name)}: give them others, as { "object", "name" }`;
    objectOf.set(name, object);
  }
  return undefined;
}

function argumentsProblem(given: readonly (readonly [string, unknown])[]): string | undefined {
  if (given.length > JOB_LIMITS.applicationArgumentsMax) return ARGUMENTS_MAX;
  let bytes = 0;
  for (const [name, value] of given) {
    if (!name.isWellFormed()) return 'the name of an argument is no text';
    if (typeof value !== 'string' || !value.isWellFormed())
      return `the argument ${JSON.stringify(name)} is not a string`;
    bytes += textByteLength(name) + textByteLength(value);
    if (bytes > JOB_LIMITS.applicationArgumentBytesMax) return ARGUMENT_BYTES_MAX;
  }
  return undefined;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAtMost(bytesMax: number): (text: string) => boolean {
  return (text) => textByteLength(text) <= bytesMax;
}

/** A field without a meaning is an error: it was meant to mean something. */
function fields<Shape extends z.ZodRawShape>(
  what: string,
  shape: Shape,
  otherwise = `${what} is not an object`,
) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `${what} has no field "${issue.keys[0]}"` : otherwise,
  });
}

/** Half of a surrogate pair is in no name and in no key. */
function text(error: string) {
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
