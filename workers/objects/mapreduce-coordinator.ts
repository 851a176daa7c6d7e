import { DurableObject } from 'cloudflare:workers';
import {
  createJob,
  type JobAnswer,
  type JobInput,
  type JobState,
  loadJob,
  nextExpiryMs,
  progressOf,
  publishOrders,
  saveJob,
  step,
} from '../../src/mapreduce/index.ts';
import { durableObjectSqlPort, openSqlTable, type SqlPort, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { BucketOutput } from '../mapreduce/bucket-output.ts';
import { answerCall, callAll, callWorker } from '../mapreduce/calls.ts';
import { callCatalogue } from '../mapreduce/catalogue.ts';
import {
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  type CoordinatorCall,
  type CoordinatorReply,
  type JobPlan,
  type JobSummary,
  PLAN_ROW,
  type WorkerCall,
} from '../mapreduce/codecs.ts';
import { workerName } from '../mapreduce/names.ts';
import { type JobOutput, Publisher } from '../mapreduce/publisher.ts';
import { rowsOfWorkers } from '../mapreduce/row-output.ts';

/**
 * How often the coordinator looks whether its workers are at work: one that has crashed is back so soon. Each call also
 * gives a worker a new budget of CPU time, which the platform grants by the request.
 */
const WATCH_MS = 1_000;
const PLAN_KEY = 'plan';

/** All that the object has on its disk. */
interface Job {
  readonly table: Table;
  readonly plan: JobPlan;
  state: JobState;
}

type Create = Extract<CoordinatorCall, { type: 'create' }>;

/**
 * The coordinator of one job. A message is one turn without `await`: the next state, its rows, the answer. So the
 * object may vanish at any moment, and the alarm brings it back for as long as there is something to do.
 */
export class MapReduceCoordinator extends DurableObject<Env> {
  readonly #port: SqlPort;
  readonly #publisher = new Publisher();
  #job: Job | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#port = durableObjectSqlPort(ctx.storage);
    this.#job = this.#load();
    if (this.#job !== undefined) this.#publish(this.#job);
  }

  override fetch(request: Request): Promise<Response> {
    return answerCall(request, COORDINATOR_CALL, COORDINATOR_REPLY, (call) => this.#answer(call));
  }

  /** Runs again and again until the job is settled, also after the object was gone. */
  override async alarm(): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    // First of all: whatever fails below, there is a next time.
    await this.ctx.storage.setAlarm(nextAlarmMs(job.state, Date.now()));
    this.#step(job, { type: 'tick' });
    if (job.state.status.type === 'running') await this.#callWorkers(job, { type: 'work' });
    else if (await this.#settle(job)) await this.ctx.storage.deleteAlarm();
  }

  async #answer(call: CoordinatorCall): Promise<CoordinatorReply> {
    if (call.type === 'create') return this.#create(call);
    const job = this.#job;
    if (job === undefined) return { type: 'unknown-job' };
    switch (call.type) {
      case 'step':
        return { type: 'answer', answer: this.#step(job, call.input) };
      case 'plan':
        return { type: 'plan', plan: job.plan };
      case 'status':
        return { type: 'status', summary: summaryOf(job) };
      case 'cancel':
        if (job.state.status.type !== 'running') return { type: 'ended', summary: summaryOf(job) };
        this.#step(job, { type: 'cancel' });
        return { type: 'status', summary: summaryOf(job) };
      case 'remove':
        return this.#remove(job);
    }
  }

  /** Twice is the same as once: the creator may have had no answer. */
  async #create({ spec, plan }: Create): Promise<CoordinatorReply> {
    if (this.#job === undefined) {
      const creation = createJob(spec, Date.now());
      if (creation.type === 'refused') return creation;
      const { state } = creation;
      const table = openSqlTable(this.#port);
      this.#port.transaction(() => {
        table.put(PLAN_KEY, PLAN_ROW.encode(plan));
        saveJob(table, undefined, state);
      });
      this.#job = { table, plan, state };
    }
    // In the same turn, and so together with the rows.
    await this.ctx.storage.setAlarm(Date.now() + 1);
    return { type: 'status', summary: summaryOf(this.#job) };
  }

  /** Creates no tables: who asks for an unknown job leaves nothing behind. */
  #load(): Job | undefined {
    if (this.#port.query("SELECT 1 FROM sqlite_master WHERE name = 'meta'").length === 0) return undefined;
    const table = openSqlTable(this.#port);
    const state = loadJob(table);
    const plan = table.get(PLAN_KEY);
    return state && plan && { table, plan: PLAN_ROW.decode(plan), state };
  }

  #step(job: Job, input: JobInput): JobAnswer {
    const { state, answer } = step(job.state, input, Date.now());
    this.#port.transaction(() => saveJob(job.table, job.state, state));
    job.state = state;
    this.#publish(job);
    return answer;
  }

  #publish(job: Job): void {
    this.#publisher.carryOut(publishOrders(job.state), this.#output(job), (input) => this.#step(job, input));
  }

  #output({ plan, state }: Job): JobOutput {
    return plan.output.type === 'bucket'
      ? new BucketOutput(this.env.MAPREDUCE_BUCKET, state.spec.job)
      : rowsOfWorkers(this.env);
  }

  /** The job has ended: everybody lets go of what was kept for it. False: not all could be reached, again later. */
  async #settle(job: Job): Promise<boolean> {
    const { spec, status } = job.state;
    if (this.#publisher.busy || !(await this.#callWorkers(job, { type: 'leave' }))) return false;
    if (status.type !== 'succeeded') await this.#output(job).clear(spec.reduceTasks);
    const { outputBytes: bytes } = progressOf(job.state, Date.now());
    const inBucket = status.type === 'succeeded' && job.plan.output.type === 'bucket';
    const { job: name, application } = spec;
    const entry = {
      job: name,
      application,
      state: status.type,
      createdMs: job.state.createdMs,
      outputBytes: inBucket ? bytes : 0,
      removed: false,
    };
    return (await callCatalogue(this.env, { type: 'note', entry })) !== undefined;
  }

  /** Its outputs first: whoever asks again finds it until they are gone. */
  async #remove(job: Job): Promise<CoordinatorReply> {
    if (job.state.status.type === 'running') return { type: 'status', summary: summaryOf(job) };
    await this.#output(job).clear(job.state.spec.reduceTasks);
    this.#job = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    return { type: 'unknown-job' };
  }

  /** True when all have answered. */
  async #callWorkers({ plan, state }: Job, call: WorkerCall): Promise<boolean> {
    const workers = Array.from({ length: plan.workers }, (_, index) => workerName(state.spec.job, index));
    const replies = await callAll(workers, (worker) => callWorker(this.env, worker, call));
    return !replies.includes(undefined);
  }
}

function nextAlarmMs(state: JobState, nowMs: number): number {
  return Math.max(nowMs + 1, Math.min(nowMs + WATCH_MS, nextExpiryMs(state) ?? Number.POSITIVE_INFINITY));
}

function summaryOf({ plan, state }: Job): JobSummary {
  return { spec: state.spec, plan, createdMs: state.createdMs, progress: progressOf(state, Date.now()) };
}
