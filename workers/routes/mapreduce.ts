import { type Context, Hono } from 'hono';
import { decodeText, FormatError } from '../../src/codec/index.ts';
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
import { INPUTS, outputKey } from '../mapreduce/names.ts';
import { invalidKey } from '../middleware/key.ts';
import { readBody } from './body.ts';

type JobsContext = Context<{ readonly Bindings: Env }>;
type Refusal = Extract<CoordinatorReply, { type: 'refused' }>['reason'];

/** A job names its inputs one by one at most 4,096 times. */
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const RETRY_AFTER_MS = 1_000;

/** Jobs, what they put out, and the files they are to read. */
export function mapReduceRoutes(applications: Applications) {
  return new Hono<{ readonly Bindings: Env }>()
    .put('/inputs/*', upload)
    .post('/jobs', (c) => create(c, applications))
    .get('/jobs', async (c) => c.json(await new Jobs(c.env).list(c.req.query('after'))))
    .get('/jobs/:job', (c) => tell(c, 'status', 'not-executed'))
    .delete('/jobs/:job', (c) => tell(c, 'cancel', 'unknown'))
    .get('/jobs/:job/output/:reduce', output);
}

async function upload(c: JobsContext): Promise<Response> {
  const name = decodeKey(c.req.path.slice(`${PATHS.mapReduce}/inputs/`.length));
  if (name.type === 'problem') return invalidKey(name.code);
  const { body, headers } = c.req.raw;
  if (body !== null && !headers.has('content-length'))
    return problemResponse(problem('length-required', 'An upload says how long it is: Content-Length.'));
  const { key, size } = await c.env.MAPREDUCE_BUCKET.put(`${INPUTS}${name.key}`, body ?? '', {});
  return c.json({ name: key, bytes: size }, 201);
}

async function create(c: JobsContext, applications: Applications): Promise<Response> {
  const body = await readBody(c.req.raw, REQUEST_BYTES_MAX);
  if (body === 'too-large') return invalidJob(`a job is described in at most ${REQUEST_BYTES_MAX} bytes`);
  let request: JobRequest;
  try {
    request = readJobRequest(JSON.parse(decodeText(body)), applications);
  } catch (error) {
    if (error instanceof JobRequestError || error instanceof FormatError || error instanceof SyntaxError)
      return invalidJob(error.message);
    throw error;
  }
  const reply = await new Jobs(c.env).create(request);
  if (reply === 'input-missing') return invalidJob('an object named as input is not in the bucket');
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
