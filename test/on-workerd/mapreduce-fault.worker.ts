/**
 * The production Worker with the applications of the course, and a coordinator that harms its job, if its deployment
 * says so, and takes notes:
 *
 *     GET /notes/{job}   which objects were crashed, and the outputs that were there when the first worker was sent home
 *     GET /sequential/{application}   the output of one process alone, over all that has been uploaded
 */

import { APPLICATIONS, type Applications, type JobInput } from '../../src/mapreduce/index.ts';
import { PATHS } from '../../src/protocol/index.ts';
import { runSequential, type SequentialInput } from '../../tools/harness/sequential.ts';
import { createApp } from '../../workers/app.ts';
import type { Env } from '../../workers/env.ts';
import { chooseBackends } from '../../workers/gateway/choose-backends.ts';
import {
  MapReduceCoordinator as ProductionCoordinator,
  MapReduceWorker as ProductionWorker,
} from '../../workers/index.ts';
import { COORDINATOR_CALL, COORDINATOR_REPLY } from '../../workers/mapreduce/codecs.ts';
import { jobOfWorker } from '../../workers/mapreduce/names.ts';
import { mapReduceRoutes } from '../../workers/routes/mapreduce.ts';
import { labApplications, quietHost } from '../labs/lab1/applications.ts';

export { ControllerReplica, KvServer, MapReduceCatalogue, StoreReplica } from '../../workers/index.ts';

interface FaultEnv extends Env {
  /** After so many completed tasks one of the workers is crashed, not the one that just reported. */
  readonly CRASH_WORKER_AFTER: number;
  /** After so many the coordinator is, before the report has its answer. */
  readonly CRASH_COORDINATOR_AFTER: number;
}

/** What the workers of a job ask of its coordinator for the course's applications. */
type Shared =
  | { readonly type: 'count' | 'counted'; readonly name: string }
  | { readonly type: 'meet'; readonly name: string; readonly worker: string; readonly ms: number };

interface Notes {
  readonly completed: number;
  readonly crashed: readonly string[];
  /** By name, once a worker has been told that it may exit. */
  readonly outputsAtFirstExit: Readonly<Record<string, string>> | undefined;
}

const CRASH = 'https://mapreduce/crash';
const NOTES = 'https://mapreduce/notes';
const SHARED = 'https://mapreduce/shared';
const NOTES_ROUTE = /^\/notes\/(.+)$/;
const SEQUENTIAL_ROUTE = /^\/sequential\/(.+)$/;
const NO_NOTES: Notes = { completed: 0, crashed: [], outputsAtFirstExit: undefined };

export class MapReduceWorker extends ProductionWorker {
  override async fetch(request: Request): Promise<Response> {
    if (request.url === CRASH) this.ctx.abort('crashed by a test');
    return super.fetch(request);
  }

  protected override applications(): Applications {
    return labApplications({
      worker: this.ctx.id.name ?? '',
      nowMs: () => Date.now(),
      random: () => Math.random(),
      sleep: (ms) => scheduler.wait(ms),
      crash: () => {
        this.ctx.abort('the application ended its worker');
        // The object is gone before anybody waits for this.
        return new Promise<never>(() => {});
      },
      count: async (name) => {
        await this.#share({ type: 'count', name });
      },
      counted: (name) => this.#share({ type: 'counted', name }),
      meet: (name, ms) => this.#share({ type: 'meet', name, worker: this.ctx.id.name ?? '', ms }),
    });
  }

  /** A reply that is missed fails the attempt as a whole. */
  async #share(what: Shared): Promise<number> {
    const { MAPREDUCE_COORDINATOR: coordinators } = this.env;
    const job = coordinators.idFromName(jobOfWorker(this.ctx.id.name ?? ''));
    const request = { method: 'POST', body: JSON.stringify(what) };
    const response = await coordinators.get(job, { retry: { maxRetries: 0 } }).fetch(SHARED, request);
    return response.json<number>();
  }
}

export class MapReduceCoordinator extends ProductionCoordinator {
  /** Which worker is where just now. Forgotten in a crash: the calls of all that wait there fail. */
  readonly #places = new Map<string, Set<string>>();

  override async fetch(request: Request): Promise<Response> {
    if (request.url === NOTES) return Response.json(this.#notes);
    if (request.url === SHARED) return Response.json(await this.#share(await request.json<Shared>()));
    const call = COORDINATOR_CALL.decode(await bytesOf(request.clone()));
    const response = await super.fetch(request);
    if (call.type !== 'step') return response;
    if (call.input.type === 'completed') await this.#harm(call.input);
    const reply = COORDINATOR_REPLY.decode(await bytesOf(response.clone()));
    if (reply.type === 'answer' && reply.answer.type === 'ended') await this.#noteOutputs();
    return response;
  }

  async #share(what: Shared): Promise<number> {
    const counter = `counter/${what.name}`;
    const value = this.ctx.storage.kv.get<number>(counter) ?? 0;
    switch (what.type) {
      case 'count':
        this.ctx.storage.kv.put(counter, value + 1);
        return value + 1;
      case 'counted':
        return value;
      case 'meet':
        return this.#meet(what);
    }
  }

  /** Counts half-way, when everybody who came at about the same time is there. */
  async #meet({ name, worker, ms }: Extract<Shared, { type: 'meet' }>): Promise<number> {
    const present = this.#places.get(name) ?? new Set();
    this.#places.set(name, present.add(worker));
    await scheduler.wait(ms / 2);
    const together = present.size;
    await scheduler.wait(ms / 2);
    present.delete(worker);
    return together;
  }

  async #harm({ worker }: Extract<JobInput, { type: 'completed' }>): Promise<void> {
    const completed = this.#notes.completed + 1;
    this.#note({ completed });
    const { CRASH_WORKER_AFTER, CRASH_COORDINATOR_AFTER, MAPREDUCE_WORKER: workers } = this.env as FaultEnv;
    if (completed === CRASH_WORKER_AFTER) {
      const job = this.ctx.id.name ?? '';
      const victim = worker === `${job}/worker-1` ? `${job}/worker-2` : `${job}/worker-1`;
      this.#note({ crashed: [...this.#notes.crashed, victim] });
      // An object that ends does not answer: the error is what was asked for.
      await workers
        .get(workers.idFromName(victim), { retry: { maxRetries: 0 } })
        .fetch(CRASH)
        .catch(() => {});
    }
    if (completed === CRASH_COORDINATOR_AFTER) {
      this.#note({ crashed: [...this.#notes.crashed, 'coordinator'] });
      await this.ctx.storage.sync();
      this.ctx.abort('crashed by a test');
    }
  }

  /** Before the worker hears of it. */
  async #noteOutputs(): Promise<void> {
    if (this.#notes.outputsAtFirstExit !== undefined) return;
    const { MAPREDUCE_BUCKET: bucket } = this.env;
    const { objects } = await bucket.list({ prefix: `outputs/${this.ctx.id.name}/` });
    const outputs: Record<string, string> = {};
    for (const { key } of objects) outputs[key] = (await (await bucket.get(key))?.text()) ?? '';
    this.#note({ outputsAtFirstExit: outputs });
  }

  get #notes(): Notes {
    return this.ctx.storage.kv.get<Notes>('notes') ?? NO_NOTES;
  }

  #note(some: Partial<Notes>): void {
    this.ctx.storage.kv.put('notes', { ...this.#notes, ...some });
  }
}

/** The routes ask for no more than the names, and what is wrong with arguments. */
const app = createApp(chooseBackends).route(PATHS.mapReduce, mapReduceRoutes(labApplications(quietHost())));

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, application] = SEQUENTIAL_ROUTE.exec(pathname) ?? [];
    if (application !== undefined) return sequential(env.MAPREDUCE_BUCKET, application);
    const [, job] = NOTES_ROUTE.exec(pathname) ?? [];
    if (job === undefined) return app.fetch(request, env, ctx);
    const { MAPREDUCE_COORDINATOR: coordinators } = env;
    return coordinators.get(coordinators.idFromName(job)).fetch(NOTES);
  },
};

async function sequential(bucket: R2Bucket, name: string): Promise<Response> {
  const application = APPLICATIONS.get(name);
  if (application === undefined) return new Response(null, { status: 404 });
  const { objects } = await bucket.list({ prefix: 'inputs/' });
  const inputs: SequentialInput[] = [];
  for (const { key } of objects)
    inputs.push({ name: key, contents: (await (await bucket.get(key))?.text()) ?? '' });
  return new Response(await runSequential(application, inputs));
}

async function bytesOf(body: Request | Response): Promise<Uint8Array> {
  return new Uint8Array(await body.arrayBuffer());
}
