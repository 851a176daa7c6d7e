/**
 * The list of a deployment's jobs, and how many there may be.
 *
 * mapreduce.C1  No more than `runningMax` jobs run at a time: one more is refused.
 * mapreduce.C2  Of jobs that have ended, the latest are kept with their outputs, within `keptMax` and `outputBytesMax`; what
 *               is older makes way when a job comes in. A job that runs is never removed.
 */
import { type Described, flag, natural, oneOf, text, tuple } from '../codec/index.ts';

const jobStateName = oneOf('running', 'succeeded', 'failed', 'cancelled');
export type JobStateName = Described<typeof jobStateName>;

export const catalogueEntry = tuple({
  job: text,
  application: text,
  state: jobStateName,
  createdMs: natural,
  /** Of outputs in the bucket. */
  outputBytes: natural,
  /** It makes way, and is on no list any more; but what it left has yet to be deleted. */
  removed: flag,
});
export type CatalogueEntry = Described<typeof catalogueEntry>;

export interface JobQuota {
  readonly runningMax: number;
  /** Jobs in all. */
  readonly keptMax: number;
  readonly outputBytesMax: number;
}

export type Admission =
  | { readonly type: 'full'; readonly runningMax: number }
  /** Room is made for it by removing these. */
  | { readonly type: 'admitted'; readonly remove: readonly CatalogueEntry[] };

export function admit(entries: readonly CatalogueEntry[], quota: JobQuota): Admission {
  const present = entries.filter(({ removed }) => !removed);
  const ended = present.filter(({ state }) => state !== 'running');
  const running = present.length - ended.length;
  if (running >= quota.runningMax) return { type: 'full', runningMax: quota.runningMax };
  const oldestFirst = ended.toSorted((one, other) => one.createdMs - other.createdMs);
  const remove: CatalogueEntry[] = [];
  let outputBytes = ended.reduce((sum, entry) => sum + entry.outputBytes, 0);
  for (const entry of oldestFirst) {
    const kept = present.length - remove.length + 1;
    if (kept <= quota.keptMax && outputBytes <= quota.outputBytesMax) break;
    remove.push(entry);
    outputBytes -= entry.outputBytes;
  }
  return { type: 'admitted', remove };
}
