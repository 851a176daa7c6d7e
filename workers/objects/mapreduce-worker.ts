import { DurableObject } from 'cloudflare:workers';
import { serveChunk } from '../../src/mapreduce/index.ts';
import { durableObjectSqlPort, openSqlTable, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { Gateway } from '../gateway/gateway.ts';
import { retried } from '../mapreduce/calling.ts';
import {
  type CoordinatorCall,
  type CoordinatorReply,
  type JobPlan,
  WORKER_CALL,
  WORKER_REPLY,
  type WorkerCall,
  type WorkerReply,
} from '../mapreduce/codecs.ts';
import { inputSource } from '../mapreduce/input.ts';
import { jobOfWorker } from '../mapreduce/names.ts';
import { answerCall, callCoordinator, remoteShuffle } from '../mapreduce/objects.ts';
import { taskOutput } from '../mapreduce/output.ts';
import { RowPublisher } from '../mapreduce/row-output.ts';
import { type StoreAccess, storeAccess } from '../mapreduce/store-access.ts';
import { type WorkHost, workUntilEnd } from '../mapreduce/work.ts';

/**
 * One worker of one job. Its disk is the paper's local disk: what it has mapped waits there for the reducers. Whoever
 * calls it finds it at work, so a worker that crashed goes on as soon as somebody needs it, or the coordinator looks.
 */
export class MapReduceWorker extends DurableObject<Env> {
  readonly #worker: string;
  readonly #job: string;
  readonly #store: StoreAccess;
  readonly #publisher = new RowPublisher();
  #openedDisk: Table | undefined;
  #working: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = storeAccess(new Gateway(env));
    this.#worker = ctx.id.name ?? '';
    this.#job = jobOfWorker(this.#worker);
    if (this.#job === '') throw new Error(`${this.#worker} is not the name of a worker`);
  }

  override fetch(request: Request): Promise<Response> {
    return answerCall(request, WORKER_CALL, WORKER_REPLY, (call) => this.#answer(call));
  }

  async #answer(call: WorkerCall): Promise<WorkerReply> {
    switch (call.type) {
      case 'work':
        this.#work();
        return { type: 'done' };
      case 'chunk':
        this.#work();
        return { type: 'chunk', reply: serveChunk(this.#disk, call.request) };
      case 'publish':
        this.#work();
        return {
          type: 'published',
          outcome: await this.#publisher.publish(this.#disk, this.#store, call.order, call.prefix),
        };
      case 'leave':
        await this.#forget();
        return { type: 'done' };
    }
  }

  /** One loop at a time. */
  #work(): void {
    this.#working ??= this.#workUntilEnd().finally(() => {
      this.#working = undefined;
    });
    this.ctx.waitUntil(this.#working);
  }

  async #workUntilEnd(): Promise<void> {
    try {
      const reply = await retried(Number.POSITIVE_INFINITY, () => this.#call({ type: 'plan' }));
      // Otherwise there is no such job.
      if (reply?.type === 'plan') await workUntilEnd(this.#host(reply.plan));
      await this.#forget();
    } catch (error) {
      console.error(`${this.#worker} stops:`, error);
      this.ctx.abort(`${this.#worker} stopped: ${error}`);
    }
  }

  #host(plan: JobPlan): WorkHost {
    const { env } = this;
    return {
      worker: this.#worker,
      disk: this.#disk,
      input: inputSource(env.MAPREDUCE_BUCKET, this.#store),
      shuffle: remoteShuffle(env),
      output: taskOutput(env, this.#disk, this.#job, plan.output),
      call: (call) => this.#call(call),
      abort: (reason) => this.ctx.abort(reason),
    };
  }

  #call(call: CoordinatorCall): Promise<CoordinatorReply | undefined> {
    return callCoordinator(this.env, this.#job, call);
  }

  get #disk(): Table {
    this.#openedDisk ??= openSqlTable(durableObjectSqlPort(this.ctx.storage));
    return this.#openedDisk;
  }

  /** Frees the whole disk. */
  async #forget(): Promise<void> {
    this.#openedDisk = undefined;
    await this.ctx.storage.deleteAll();
  }
}
