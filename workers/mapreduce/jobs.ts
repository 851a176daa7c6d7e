import {
  DEFAULT_DATA_LIMITS,
  type InputObject,
  JOB_LIMITS,
  type JobRefusal,
  type Split,
  splitObjects,
  splitPrefix,
} from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { Router } from '../router.ts';
import { findObjects, listObjects } from './bucket-input.ts';
import type { CoordinatorReply, JobSummary } from './calls.ts';
import { type CatalogueEntry, enterJob, listJobs } from './catalogue.ts';
import type { InputPlace, JobRequest } from './job-request.ts';
import { INPUTS, isJobName, newJobName, outputKey } from './names.ts';
import { callCoordinator } from './objects.ts';
import { shardsWith } from './store-input.ts';

const TRIES_MAX = 5;
const RETRY_MS = 200;
const LIST_MAX = 100;

export type CreateOutcome =
  | { readonly type: 'created'; readonly summary: JobSummary }
  | { readonly type: 'refused'; readonly reason: JobRefusal | 'input-missing' }
  | { readonly type: 'unavailable' };

export type JobOutcome =
  | { readonly type: 'job'; readonly summary: JobSummary }
  | { readonly type: 'unknown' }
  /** To a cancellation: it was too late. */
  | { readonly type: 'ended'; readonly summary: JobSummary }
  | { readonly type: 'unavailable' };

export interface JobList {
  readonly jobs: readonly CatalogueEntry[];
  /** Ask for the jobs after this one next. */
  readonly after: string | undefined;
}

/** The jobs of a deployment, for its HTTP routes. */
export class Jobs {
  readonly #env: Env;
  readonly #store: Router;

  constructor(env: Env) {
    this.#env = env;
    this.#store = new Router(env);
  }

  async create(request: JobRequest): Promise<CreateOutcome> {
    const splits = await this.#splits(request.input);
    if (typeof splits === 'string') return { type: 'refused', reason: splits };
    const { application, reduceTasks, options, workers, output } = request;
    const job = newJobName(Date.now());
    await enterJob(this.#bucket, { job, application, state: 'running' });
    const spec = { job, application, arguments: request.arguments, splits, reduceTasks, options };
    const reply = await this.#call(job, { type: 'create', spec, plan: { workers, output } });
    if (reply?.type === 'status') return { type: 'created', summary: reply.summary };
    return reply?.type === 'refused' ? reply : { type: 'unavailable' };
  }

  async find(job: string): Promise<JobOutcome> {
    return this.#ask(job, { type: 'status' });
  }

  async cancel(job: string): Promise<JobOutcome> {
    return this.#ask(job, { type: 'cancel' });
  }

  /** What the catalogue says; of jobs that are running by its word, what they say themselves. */
  async list(after: string | undefined): Promise<JobList> {
    const page = await listJobs(this.#bucket, LIST_MAX, after);
    const jobs: CatalogueEntry[] = [];
    for (const entry of page.entries) {
      const outcome = entry.state === 'running' ? await this.find(entry.job) : undefined;
      if (outcome?.type === 'unknown') continue;
      const state = outcome?.type === 'job' ? outcome.summary.progress.status.type : entry.state;
      jobs.push({ ...entry, state });
    }
    return { jobs, after: page.after };
  }

  /** The output of one reduce task of a job that has succeeded. */
  output(job: string, reduce: number): Promise<R2ObjectBody | null> {
    return this.#bucket.get(outputKey(job, reduce));
  }

  /** `body` must know its length. */
  async upload(name: string, body: ReadableStream | ''): Promise<InputObject> {
    const { key, size } = await this.#bucket.put(`${INPUTS}${name}`, body, {});
    return { name: key, bytes: size };
  }

  get #bucket(): R2Bucket {
    return this.#env.MAPREDUCE_BUCKET;
  }

  async #splits(input: InputPlace): Promise<readonly Split[] | 'input-missing'> {
    switch (input.type) {
      case 'objects': {
        const { objects, missing } = await findObjects(this.#bucket, input.names);
        return missing.length > 0
          ? 'input-missing'
          : splitObjects(objects, DEFAULT_DATA_LIMITS.splitBytesMax);
      }
      case 'prefix': {
        const objects = await listObjects(this.#bucket, input.prefix, JOB_LIMITS.mapTasksMax);
        return splitObjects(objects, DEFAULT_DATA_LIMITS.splitBytesMax);
      }
      case 'store':
        return splitPrefix(input.prefix, await shardsWith(this.#store, this.#env.SHARDS, input.prefix));
    }
  }

  async #ask(job: string, call: { readonly type: 'status' | 'cancel' }): Promise<JobOutcome> {
    // Whatever is not the name of a job does not even become the name of an object.
    if (!isJobName(job)) return { type: 'unknown' };
    const reply = await this.#call(job, call);
    switch (reply?.type) {
      case 'status':
        return { type: 'job', summary: reply.summary };
      case 'ended':
        return reply;
      case 'unknown-job':
        return { type: 'unknown' };
      default:
        return { type: 'unavailable' };
    }
  }

  /** Each of these calls may be made twice. */
  async #call(
    job: string,
    call: Parameters<typeof callCoordinator>[2],
  ): Promise<CoordinatorReply | undefined> {
    for (let tries = 1; ; tries += 1) {
      const reply = await callCoordinator(this.#env, job, call);
      if (reply !== undefined || tries === TRIES_MAX) return reply;
      await scheduler.wait(RETRY_MS * tries);
    }
  }
}
