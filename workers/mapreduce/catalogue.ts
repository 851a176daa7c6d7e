/**
 * The list of jobs: an entry in the bucket for each, with its last known state as metadata. A job is entered before
 * its coordinator hears of it, so that every job there is can be found; an entry without a job says `unknown-job`.
 */
import type { JobStatus } from '../../src/mapreduce/index.ts';
import { CATALOGUE, catalogueKey } from './names.ts';

export interface CatalogueEntry {
  readonly job: string;
  readonly application: string;
  readonly state: JobStatus['type'];
}

export async function enterJob(bucket: R2Bucket, { job, application, state }: CatalogueEntry): Promise<void> {
  await bucket.put(catalogueKey(job), '', { customMetadata: { application, state } });
}

export interface CataloguePage {
  readonly entries: readonly CatalogueEntry[];
  /** Where the next page begins, if there is one. */
  readonly after: string | undefined;
}

/** The latest come first. */
export async function listJobs(
  bucket: R2Bucket,
  jobsMax: number,
  after: string | undefined,
): Promise<CataloguePage> {
  const page = await bucket.list({
    prefix: CATALOGUE,
    include: ['customMetadata'],
    limit: jobsMax,
    ...(after === undefined ? {} : { startAfter: catalogueKey(after) }),
  });
  const entries = page.objects.map(({ key, customMetadata = {} }) => {
    const { application = '', state = 'running' } = customMetadata;
    return { job: key.slice(CATALOGUE.length), application, state: state as JobStatus['type'] };
  });
  return { entries, after: page.truncated ? entries.at(-1)?.job : undefined };
}
