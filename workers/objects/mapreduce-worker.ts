import { DurableObject } from 'cloudflare:workers';
import { type Assignment, type JobAnswer, type JobInput, serveChunk } from '../../src/mapreduce/index.ts';
import { durableObjectSqlPort, openSqlTable, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import {
  type CoordinatorCall,
  type CoordinatorReply,
  messageResponse,
  readMessage,
  type WorkerCall,
  type WorkerReply,
} from '../mapreduce/calls.ts';
import { inputSource } from '../mapreduce/input-source.ts';
import { jobOfWorker } from '../mapreduce/names.ts';
import { callCoordinator } from '../mapreduce/objects.ts';
import { taskOutput } from '../mapreduce/output-place.ts';
import type { JobPlan } from '../mapreduce/plan.ts';
import { remoteShuffle } from '../mapreduce/remote-shuffle.ts';
import { RowPublisher } from '../mapreduce/row-output.ts';
import { taskContext } from '../mapreduce/task-context.ts';
import { workUntilEnd } from '../mapreduce/work.ts';
import { Router } from '../router.ts';

const RETRY_MS = 500;

/**
 * One worker of one job. Its disk is the paper's local disk: what it has mapped waits there for the reducers. Whoever
 * calls it finds it at work, so a worker that crashed goes on as soon as somebody needs it, or the coordinator looks.
 */
export class MapReduceWorker extends DurableObject<Env> {
  readonly #worker: string;
  readonly #job: string;
  readonly #store: Router;
  readonly #publisher = new RowPublisher();
  #openedDisk: Table | undefined;
  #working: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new Router(env);
    this.#worker = ctx.id.name ?? '';
    this.#job = jobOfWorker(this.#worker);
    if (this.#job === '') throw new Error(`${this.#worker} is not the name of a worker`);
  }

  override async fetch(request: Request): Promise<Response> {
    const call = await readMessage<WorkerCall>(request);
    if (call === undefined) return new Response('a message of another version', { status: 400 });
    return messageResponse(await this.#answer(call));
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
      const plan = await this.#plan();
      if (plan !== undefined) await workUntilEnd(this.#host(plan));
      await this.#forget();
    } catch (error) {
      console.error(`${this.#worker} stops:`, error);
      this.ctx.abort(`${this.#worker} stopped: ${error}`);
    }
  }

  /** Undefined: there is no such job. */
  async #plan(): Promise<JobPlan | undefined> {
    for (;;) {
      const reply = await this.#call({ type: 'plan' });
      if (reply?.type === 'plan') return reply.plan;
      if (reply?.type === 'unknown-job') return undefined;
      await scheduler.wait(RETRY_MS);
    }
  }

  #host(plan: JobPlan) {
    const { env } = this;
    return {
      worker: this.#worker,
      disk: this.#disk,
      input: inputSource(env, this.#store),
      shuffle: remoteShuffle(env),
      output: taskOutput(env, this.#disk, this.#job, plan.output),
      context: (assignment: Assignment) => taskContext(this.#contextHost, assignment.arguments),
      tell: (input: JobInput) => this.#tell(input),
    };
  }

  get #contextHost() {
    return {
      worker: this.#worker,
      call: (call: CoordinatorCall) => this.#call(call),
      abort: (reason: string) => this.ctx.abort(reason),
    };
  }

  async #tell(input: JobInput): Promise<JobAnswer | undefined> {
    const reply = await this.#call({ type: 'step', input });
    if (reply?.type === 'unknown-job') return { type: 'ended', outcome: 'cancelled' };
    return reply?.type === 'answer' ? reply.answer : undefined;
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
