import { DurableObject } from 'cloudflare:workers';
import { admit, type CatalogueEntry } from '../../src/mapreduce/index.ts';
import { durableObjectSqlPort, openSqlTable, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { answerCall, callAll, callCoordinator } from '../mapreduce/calls.ts';
import {
  CATALOGUE_CALL,
  CATALOGUE_REPLY,
  CATALOGUE_ROW,
  type CatalogueCall,
  type CatalogueReply,
} from '../mapreduce/catalogue.ts';

const PAGE = { rowsMax: 256, bytesMax: 1_048_576 } as const;
/** A job that is so old and unknown to its coordinator was never created: whoever wanted it is gone. */
const CREATION_MS_MAX = 60_000;
const REMOVAL_RETRY_MS = 10_000;
/** Above all names of jobs. */
const END = '~';

/** The jobs of a deployment. Being one object, it counts them right however many come in at a time. */
export class MapReduceCatalogue extends DurableObject<Env> {
  readonly #table: Table = openSqlTable(durableObjectSqlPort(this.ctx.storage));

  override fetch(request: Request): Promise<Response> {
    return answerCall(request, CATALOGUE_CALL, CATALOGUE_REPLY, (call) => this.#answer(call));
  }

  /** What the jobs that made way have left is deleted. */
  override async alarm(): Promise<void> {
    const removed = this.#entries().filter((entry) => entry.removed);
    if (removed.length === 0) return;
    // First of all: whatever fails below, there is a next time.
    await this.ctx.storage.setAlarm(Date.now() + REMOVAL_RETRY_MS);
    await callAll(removed, async ({ job }) => {
      const reply = await callCoordinator(this.env, job, { type: 'remove' });
      if (reply?.type === 'unknown-job') this.#table.delete(job);
    });
  }

  async #answer(call: CatalogueCall): Promise<CatalogueReply> {
    switch (call.type) {
      case 'enter':
        return this.#enter(call);
      case 'note': {
        const { entry } = call;
        const known = this.#find(entry.job);
        if (known !== undefined && !known.removed) this.#put({ ...entry, createdMs: known.createdMs });
        return { type: 'done' };
      }
      case 'drop':
        this.#table.delete(call.job);
        return { type: 'done' };
      case 'list':
        return this.#list(call);
    }
  }

  async #enter({ job, application }: Extract<CatalogueCall, { type: 'enter' }>): Promise<CatalogueReply> {
    if (this.#find(job) === undefined && this.#admission().type === 'full') await this.#forgetStillborn();
    // From here on one turn: nobody comes in between.
    // The creator may have had no answer, and have asked again meanwhile.
    if (this.#find(job) !== undefined) return { type: 'done' };
    const admission = this.#admission();
    if (admission.type === 'full') return admission;
    for (const entry of admission.remove) this.#put({ ...entry, removed: true });
    const createdMs = Date.now();
    this.#put({ job, application, state: 'running', createdMs, outputBytes: 0, removed: false });
    if (admission.remove.length > 0) await this.ctx.storage.setAlarm(Date.now() + 1);
    return { type: 'done' };
  }

  #admission() {
    return admit(this.#entries(), {
      runningMax: setting(this.env, 'MAPREDUCE_RUNNING_MAX'),
      keptMax: setting(this.env, 'MAPREDUCE_JOBS_MAX'),
      outputBytesMax: setting(this.env, 'MAPREDUCE_OUTPUT_BYTES_MAX'),
    });
  }

  async #forgetStillborn(): Promise<void> {
    const createdMsMax = Date.now() - CREATION_MS_MAX;
    const old = this.#entries().filter(
      ({ state, createdMs, removed }) => state === 'running' && !removed && createdMs < createdMsMax,
    );
    await callAll(old, async ({ job }) => {
      const reply = await callCoordinator(this.env, job, { type: 'plan' });
      if (reply?.type === 'unknown-job') this.#table.delete(job);
    });
  }

  #list({ after, jobsMax }: Extract<CatalogueCall, { type: 'list' }>): CatalogueReply {
    const all = this.#entries().filter(({ job, removed }) => !removed && job > (after ?? ''));
    const jobs = all.slice(0, jobsMax);
    return { type: 'jobs', jobs, after: all.length > jobs.length ? jobs.at(-1)?.job : undefined };
  }

  /** In the order of their names, the latest first. */
  #entries(): readonly CatalogueEntry[] {
    const entries: CatalogueEntry[] = [];
    for (let from = ''; ; ) {
      const rows = this.#table.scan({ from, to: END }, PAGE);
      if (rows.length === 0) return entries;
      for (const { value } of rows) entries.push(CATALOGUE_ROW.decode(value).entry);
      from = `${entries.at(-1)?.job}\0`;
    }
  }

  #find(job: string): CatalogueEntry | undefined {
    const row = this.#table.get(job);
    return row && CATALOGUE_ROW.decode(row).entry;
  }

  #put(entry: CatalogueEntry): void {
    this.#table.put(entry.job, CATALOGUE_ROW.encode({ entry }));
  }
}

/** By a setting that is missing, jobs would be removed that should not be. */
function setting(
  env: Env,
  name: 'MAPREDUCE_RUNNING_MAX' | 'MAPREDUCE_JOBS_MAX' | 'MAPREDUCE_OUTPUT_BYTES_MAX',
): number {
  const value = env[name];
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} is a whole number from 1 on`);
  return value;
}
