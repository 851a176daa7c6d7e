/**
 * The list of jobs: an entry in the bucket for each, with its last known state as metadata. A job is entered before
 * its coordinator hears of it, so that every job there is can be found; an entry without a job says `unknown-job`.
 */
import type { JobStatus } from '../../src/mapreduce/index.ts';
import { CATALOGUE } from './names.ts';

export interface CatalogueEntry {
  readonly job: string;
  readonly application: string;
  readonly state: JobStatus['type'];
}

export async function enterJob(bucket: R2Bucket, { job, application, state }: CatalogueEntry): Promise<void> {
  await bucket.put(`${CATALOGUE}${job}`, '', { customMetadata: { application, state } });
}

export interface JobList {
  readonly jobs: readonly CatalogueEntry[];
  /** Ask for the jobs after this one next. */
  readonly after: string | undefined;
}

/** The latest come first. */
export async function listJobs(bucket: R2Bucket, limit: number, after: string | undefined): Promise<JobList> {
  const page = await bucket.list({
    prefix: CATALOGUE,
    include: ['customMetadata'],
    limit,
    ...(after === undefined ? {} : { startAfter: `${CATALOGUE}${after}` }),
  });
  const jobs = page.objects.map(({ key, customMetadata = {} }) => {
    const { application = '', state = 'running' } = customMetadata;
    return { job: key.slice(CATALOGUE.length), application, state: state as JobStatus['type'] };
  });
  return { jobs, after: page.truncated ? jobs.at(-1)?.job : undefined };
}
