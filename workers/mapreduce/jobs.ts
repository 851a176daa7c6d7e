import {
  DEFAULT_DATA_LIMITS,
  type InputObject,
  JOB_LIMITS,
  type Split,
  splitObjects,
  splitPrefix,
} from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { Gateway } from '../gateway/gateway.ts';
import { retried } from './calling.ts';
import { type CatalogueEntry, enterJob, type JobList, listJobs } from './catalogue.ts';
import type { CoordinatorCall, CoordinatorReply } from './codecs.ts';
import { findObjects, listObjects, shardsWith } from './input.ts';
import type { InputPlace, JobRequest } from './job-request.ts';
import { INPUTS, isJobName, newJobName, outputKey } from './names.ts';
import { callCoordinator } from './objects.ts';
import { type StoreAccess, storeAccess } from './store-access.ts';

const TRIES_MAX = 5;
const LIST_MAX = 100;

/** Undefined: the coordinator cannot be reached. */
export type JobReply =
  | CoordinatorReply
  | { readonly type: 'refused'; readonly reason: 'input-missing' }
  | undefined;

/** The jobs of a deployment, for its HTTP routes. */
export class Jobs {
  readonly #env: Env;
  readonly #store: StoreAccess;

  constructor(env: Env) {
    this.#env = env;
    this.#store = storeAccess(new Gateway(env));
  }

  async create(request: JobRequest): Promise<JobReply> {
    const splits = await this.#splits(request.input);
    if (typeof splits === 'string') return { type: 'refused', reason: splits };
    const { application, reduceTasks, options, workers, output } = request;
    const job = newJobName(Date.now());
    await enterJob(this.#bucket, { job, application, state: 'running' });
    const spec = { job, application, arguments: request.arguments, splits, reduceTasks, options };
    return this.#call(job, { type: 'create', spec, plan: { workers, output } });
  }

  /** Asks a job for its status, or cancels it. */
  async ask(job: string, type: 'status' | 'cancel'): Promise<JobReply> {
    // Whatever is not the name of a job does not even become the name of an object.
    return isJobName(job) ? this.#call(job, { type }) : { type: 'unknown-job' };
  }

  /** What the catalogue says; of jobs that are running by its word, what they say themselves. */
  async list(after: string | undefined): Promise<JobList> {
    const page = await listJobs(this.#bucket, LIST_MAX, after);
    const jobs: CatalogueEntry[] = [];
    for (const entry of page.jobs) {
      const reply = entry.state === 'running' ? await this.ask(entry.job, 'status') : undefined;
      if (reply?.type === 'unknown-job') continue;
      const state = reply?.type === 'status' ? reply.summary.progress.status.type : entry.state;
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
        const objects = await findObjects(this.#bucket, input.names);
        return objects === undefined
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

  /** Each of these calls may be made twice. */
  #call(job: string, call: CoordinatorCall): Promise<CoordinatorReply | undefined> {
    return retried(TRIES_MAX, () => callCoordinator(this.#env, job, call));
  }
}
