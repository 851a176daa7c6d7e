import { DurableObject } from 'cloudflare:workers';
import { APPLICATIONS, type Applications, serveChunk } from '../../src/mapreduce/index.ts';
import { durableObjectSqlPort, openSqlTable, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { answerCall } from '../mapreduce/calls.ts';
import { WORKER_CALL, WORKER_REPLY, type WorkerCall, type WorkerReply } from '../mapreduce/codecs.ts';
import { jobOfWorker } from '../mapreduce/names.ts';
import { RowPublisher } from '../mapreduce/row-output.ts';
import { storeAccess } from '../mapreduce/store-access.ts';
import { workUntilEnd } from '../mapreduce/work.ts';

/**
 * One worker of one job. Its disk is the paper's local disk: what it has mapped waits there for the reducers. Whoever
 * calls it finds it at work, so a worker that crashed goes on as soon as somebody needs it, or the coordinator looks.
 */
export class MapReduceWorker extends DurableObject<Env> {
  readonly #worker: string;
  readonly #job: string;
  readonly #publisher = new RowPublisher();
  readonly #store = storeAccess(this.env);
  #openedDisk: Table | undefined;
  #working: Promise<void> | undefined;
  /** The job has ended: what a task that is still under way writes is of no use, and may fail. */
  #hasLeft = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#worker = ctx.id.name ?? '';
    this.#job = jobOfWorker(this.#worker);
    if (this.#job === '') throw new Error(`${this.#worker} is not the name of a worker`);
  }

  override fetch(request: Request): Promise<Response> {
    return answerCall(request, WORKER_CALL, WORKER_REPLY, (call) => this.#answer(call));
  }

  async #answer(call: WorkerCall): Promise<WorkerReply> {
    if (call.type !== 'leave') this.#work();
    switch (call.type) {
      case 'work':
        return { type: 'done' };
      case 'chunk':
        return { type: 'chunk', reply: serveChunk(this.#disk, call.request) };
      case 'publish': {
        const outcome = await this.#publisher.publish(this.#disk, this.#store, call.order);
        return { type: 'published', outcome };
      }
      case 'leave':
        this.#hasLeft = true;
        await this.#forget();
        return { type: 'done' };
    }
  }

  /** What this worker can execute. */
  protected applications(): Applications {
    return APPLICATIONS;
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
      await workUntilEnd({
        env: this.env,
        job: this.#job,
        worker: this.#worker,
        disk: this.#disk,
        store: this.#store,
        applications: this.applications(),
      });
      await this.#forget();
    } catch (error) {
      if (this.#hasLeft) return await this.#forget();
      console.error(`${this.#worker} stops:`, error);
      this.ctx.abort(`${this.#worker} stopped: ${error}`);
    }
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
