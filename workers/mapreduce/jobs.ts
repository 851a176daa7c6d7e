/** The jobs of a deployment, for its HTTP routes. */
import {
  DEFAULT_DATA_LIMITS,
  JOB_LIMITS,
  type JobStateName,
  jobRefusalOf,
  type Split,
  splitObjects,
} from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { callCoordinator, untilAnswered } from './calls.ts';
import { type CatalogueReply, callCatalogue } from './catalogue.ts';
import type { CoordinatorCall, CoordinatorReply } from './codecs.ts';
import { findObjects, listObjects, shardsWith } from './input.ts';
import type { InputPlace, JobRequest } from './job-request.ts';
import { isJobName, isObjectName, newJobName } from './names.ts';
import { storeAccess } from './store-access.ts';

const TRIES_MAX = 5;
const LIST_MAX = 100;

/** What a coordinator says. Undefined: it cannot be reached. */
export type JobOutcome = CoordinatorReply | undefined;

/** An object that is not there, or whose name would not do. */
export type InputProblem =
  | { readonly type: 'input-missing'; readonly object: string }
  | { readonly type: 'input-unfit'; readonly object: string };

/** So many jobs are running that another one has to wait. */
type QuotaReached = Extract<CatalogueReply, { type: 'full' }>;

interface ListedJob {
  readonly job: string;
  readonly application: string;
  readonly state: JobStateName;
}

interface JobList {
  readonly jobs: readonly ListedJob[];
  /** Ask for the jobs after this one next. */
  readonly after: string | undefined;
}

export class Jobs {
  readonly #env: Env;
  readonly #bucket: R2Bucket;

  constructor(env: Env) {
    this.#env = env;
    this.#bucket = env.MAPREDUCE_BUCKET;
  }

  /** Nothing is written down for a job that is refused. */
  async create({
    input,
    workers,
    output,
    ...request
  }: JobRequest): Promise<JobOutcome | InputProblem | QuotaReached> {
    const splits = await this.#splits(input);
    if ('type' in splits) return splits;
    const job = newJobName(Date.now());
    const reason = jobRefusalOf({ job, splits, ...request });
    if (reason !== undefined) return { type: 'refused', reason };
    const { application } = request;
    const entered = await callCatalogue(this.#env, { type: 'enter', job, application });
    if (entered?.type !== 'done') return entered?.type === 'full' ? entered : undefined;
    const spec = { job, splits, ...request };
    const outcome = await this.#call(job, { type: 'create', spec, plan: { workers, output } });
    if (outcome?.type === 'refused') await callCatalogue(this.#env, { type: 'drop', job });
    return outcome;
  }

  /** Asks a job for its status, or cancels it. */
  async ask(job: string, type: 'status' | 'cancel'): Promise<JobOutcome> {
    // Whatever is not the name of a job does not even become the name of an object.
    return isJobName(job) ? this.#call(job, { type }) : { type: 'unknown-job' };
  }

  /** What the catalogue says; of jobs that are running by its word, what they say themselves. */
  async list(after: string | undefined): Promise<JobList | undefined> {
    const page = await callCatalogue(this.#env, { type: 'list', after, jobsMax: LIST_MAX });
    if (page?.type !== 'jobs') return undefined;
    const jobs: ListedJob[] = [];
    for (const { job, application, state } of page.jobs) {
      const reply = state === 'running' ? await this.ask(job, 'status') : undefined;
      if (reply?.type === 'unknown-job') continue;
      const now = reply?.type === 'status' ? reply.summary.progress.status.type : state;
      jobs.push({ job, application, state: now });
    }
    return { jobs, after: page.after };
  }

  async #splits(input: InputPlace): Promise<readonly Split[] | InputProblem> {
    if (input.type === 'store') {
      const { prefix } = input;
      const shards = await shardsWith(storeAccess(this.#env), this.#env.SHARDS, prefix);
      return shards.map((shard) => ({ type: 'keys', prefix, shard }));
    }
    const objects =
      input.type === 'objects'
        ? await findObjects(this.#bucket, input.objects)
        : await listObjects(this.#bucket, input.prefix, JOB_LIMITS.mapTasksMax);
    if (typeof objects === 'string') return { type: 'input-missing', object: objects };
    const unfit = objects.find(({ object }) => !isObjectName(object));
    if (unfit !== undefined) return { type: 'input-unfit', object: unfit.object };
    return splitObjects(objects, DEFAULT_DATA_LIMITS.splitBytesMax);
  }

  /** Each of these calls may be made twice. */
  #call(job: string, call: CoordinatorCall): Promise<JobOutcome> {
    return untilAnswered(() => callCoordinator(this.#env, job, call), TRIES_MAX);
  }
}
