import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Applications } from '../../src/mapreduce/index.ts';
import {
  decodeKey,
  type FailedOutcome,
  PATHS,
  type ProblemCode,
  parseInteger,
  problem,
  problemResponse,
} from '../../src/protocol/index.ts';
import type { Env } from '../env.ts';
import type { CoordinatorReply, JobSummary } from '../mapreduce/codecs.ts';
import { type JobRequest, JobRequestError, readJobRequest } from '../mapreduce/job-request.ts';
import { type JobOutcome, Jobs } from '../mapreduce/jobs.ts';
import { INPUTS, isJobName, isObjectName, OBJECT_NAME_RULE, outputKey } from '../mapreduce/names.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { readJson } from './json-body.ts';
import { invalidKey } from './key-problem.ts';
import { passBody } from './pass-body.ts';

type JobsEnv = Pick<BackendsVariables, 'Variables'> & { readonly Bindings: Env };
type JobsContext = Context<JobsEnv>;
type Refusal = Extract<CoordinatorReply, { type: 'refused' }>['reason'];

/** A job names a thousand objects and gives each a name, of a thousand bytes each at most. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
/** What some plan of the platform lets through; larger files come by other ways. */
const UPLOAD_BYTES_MAX = 500_000_000;
const RETRY_AFTER_MS = 1_000;
/** A job takes seconds at least. */
const QUOTA_RETRY_AFTER_MS = 5_000;

/** Jobs, what they put out, and the files they are to read. */
export function mapReduceRoutes(applications: Applications) {
  return new Hono<JobsEnv>()
    .put('/inputs/*', upload)
    .delete('/inputs/*', removeInput)
    .post('/jobs', (c) => create(c, applications))
    .get('/jobs', list)
    .get('/jobs/:job', (c) => tell(c, 'status', 'not-executed'))
    .delete('/jobs/:job', (c) => tell(c, 'cancel', 'unknown'))
    .get('/jobs/:job/output/:reduce', output);
}

async function upload(c: JobsContext): Promise<Response> {
  const object = inputObject(c);
  if (object instanceof Response) return object;
  const { body, headers } = c.req.raw;
  const bytes = body === null ? 0 : parseInteger(headers.get('content-length') ?? '', 0);
  if (bytes === undefined)
    return refusal('length-required', 'An upload says how long it is: Content-Length.');
  if (bytes > UPLOAD_BYTES_MAX) {
    const detail = `An upload is at most ${UPLOAD_BYTES_MAX} bytes long.`;
    return problemResponse(problem('body-too-large', detail, { bytesMax: UPLOAD_BYTES_MAX }));
  }
  const bucket = c.env.MAPREDUCE_BUCKET;
  if (body === null) await bucket.put(object, '');
  else await passBody(body, bytes, (stream) => bucket.put(object, stream));
  return c.json({ name: object, bytes }, 201);
}

/** Twice is the same as once. */
async function removeInput(c: JobsContext): Promise<Response> {
  const object = inputObject(c);
  if (object instanceof Response) return object;
  await c.env.MAPREDUCE_BUCKET.delete(object);
  return c.body(null, 204);
}

function inputObject(c: JobsContext): string | Response {
  const name = decodeKey(c.req.path.slice(`${PATHS.mapReduce}/inputs/`.length));
  if (name.type === 'problem') return invalidKey(name.code);
  const object = `${INPUTS}${name.key}`;
  return isObjectName(object) ? object : refusal('key-malformed', `An input ${OBJECT_NAME_RULE}.`);
}

async function list(c: JobsContext): Promise<Response> {
  const after = c.req.query('after');
  if (after !== undefined && !isJobName(after))
    return refusal('parameter-malformed', '"after" is the name of a job.');
  const jobs = await new Jobs(c.env).list(after);
  if (jobs !== undefined) return c.json(jobs);
  const fields = { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS } as const;
  return problemResponse(problem('timeout', 'The list of jobs cannot be reached.', fields));
}

async function create(c: JobsContext, applications: Applications): Promise<Response> {
  const body = await readJson(c.req.raw, z.unknown(), REQUEST_BYTES_MAX, c.var.backends.budgets.bodies);
  if (body.type === 'refused') return problemResponse(body.problem);
  let request: JobRequest;
  try {
    request = readJobRequest(body.value, applications);
  } catch (error) {
    if (error instanceof JobRequestError) return invalidJob(error.message);
    throw error;
  }
  const reply = await new Jobs(c.env).create(request);
  if (reply?.type === 'input-missing')
    return invalidJob(`the object ${JSON.stringify(reply.object)} is not in the bucket`);
  if (reply?.type === 'full') {
    const detail = `${reply.runningMax} jobs are running, and more may not at a time. Cancel one, or wait.`;
    const fields = { outcome: 'not-executed', retryAfterMs: QUOTA_RETRY_AFTER_MS } as const;
    return problemResponse(problem('overloaded', detail, fields));
  }
  if (reply?.type === 'input-unfit')
    return invalidJob(`${JSON.stringify(reply.object)} cannot be read, for an object ${OBJECT_NAME_RULE}`);
  if (reply?.type !== 'status') return failure(reply, 'unknown');
  const location = `${PATHS.mapReduce}/jobs/${reply.summary.spec.job}`;
  return c.json(view(reply.summary), 201, { location });
}

async function tell(c: JobsContext, type: 'status' | 'cancel', sent: FailedOutcome): Promise<Response> {
  const reply = await new Jobs(c.env).ask(c.req.param('job') ?? '', type);
  return reply?.type === 'status' ? c.json(view(reply.summary)) : failure(reply, sent);
}

/** Streamed: the Worker holds none of it. */
async function output(c: JobsContext): Promise<Response> {
  const job = c.req.param('job') ?? '';
  const reply = await new Jobs(c.env).ask(job, 'status');
  if (reply?.type !== 'status') return failure(reply, 'not-executed');
  const { progress, spec, plan } = reply.summary;
  if (progress.status.type === 'running') return refusal('job-running', 'The job has not ended yet.');
  if (progress.status.type !== 'succeeded')
    return refusal('job-ended', `The job was ${progress.status.type}.`);
  const reduce = parseInteger(c.req.param('reduce') ?? '', 0, spec.reduceTasks - 1);
  const inBucket = reduce !== undefined && plan.output.type === 'bucket';
  const object = inBucket ? await c.env.MAPREDUCE_BUCKET.get(outputKey(job, reduce)) : null;
  if (object === null) return refusal('output-unknown', 'The job has no such output in the bucket.');
  const headers = new Headers({ etag: object.httpEtag, 'content-length': String(object.size) });
  object.writeHttpMetadata(headers);
  // What it holds is what its users wrote (common-headers.ts).
  headers.set('content-disposition', 'attachment');
  return new Response(object.body, { headers });
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'bad-job-name': 'the name of the job is malformed',
  'no-input': 'there is no input',
  'too-many-map-tasks': 'the input has too many parts for one job',
  'reduce-tasks-out-of-range': '"reduceTasks" is out of range',
  'arguments-too-large': 'the arguments are too large',
};

function view({ spec, plan, createdMs, progress }: JobSummary) {
  const { status, phase, maps, reduces, attempts, failures } = progress;
  return {
    job: spec.job,
    application: spec.application,
    arguments: spec.arguments,
    state: status.type,
    ...(status.type === 'failed' ? { reason: status.reason } : {}),
    phase,
    tasks: { map: maps, reduce: reduces },
    attempts,
    failures,
    bytes: {
      input: progress.inputBytes,
      intermediate: progress.intermediateBytes,
      output: progress.outputBytes,
    },
    seconds: progress.elapsedMs / 1_000,
    created: new Date(createdMs).toISOString(),
    workers: plan.workers,
    output: plan.output,
  };
}

/** `sent` is what the client has to think of a request that nobody answered. */
function failure(reply: Exclude<JobOutcome, { type: 'status' }>, sent: FailedOutcome): Response {
  switch (reply?.type) {
    case 'refused':
      return invalidJob(REFUSALS[reply.reason]);
    case 'unknown-job':
      return refusal('job-unknown', 'There is no such job.');
    case 'ended':
      return refusal('job-ended', 'The job had ended before.');
    // What was not asked for is no answer.
    case 'answer':
    case 'plan':
    case undefined: {
      const detail = 'The coordinator of the job cannot be reached.';
      return problemResponse(problem('timeout', detail, { outcome: sent, retryAfterMs: RETRY_AFTER_MS }));
    }
  }
}

function invalidJob(detail: string): Response {
  return refusal('job-invalid', `${detail}.`);
}

function refusal(code: ProblemCode, detail: string): Response {
  return problemResponse(problem(code, detail));
}
