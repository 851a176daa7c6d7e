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
import { callAll } from '../mapreduce/calling.ts';
import { enterJob } from '../mapreduce/catalogue.ts';
import {
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  type CoordinatorCall,
  type CoordinatorReply,
  type JobPlan,
  type JobSummary,
  type WorkerCall,
} from '../mapreduce/codecs.ts';
import {
  addToCounter,
  loadCounter,
  loadPlan,
  MeetingPlaces,
  savePlan,
} from '../mapreduce/coordinator-state.ts';
import { workerName } from '../mapreduce/names.ts';
import { answerCall, callWorker } from '../mapreduce/objects.ts';
import { jobOutput } from '../mapreduce/output.ts';
import { Publisher } from '../mapreduce/publisher.ts';

/**
 * How often the coordinator looks whether its workers are at work: one that has crashed is back so soon. Each call also
 * gives a worker a new budget of CPU time, which the platform grants by the request.
 */
const WATCH_MS = 1_000;

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
  readonly #places = new MeetingPlaces();
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
      case 'count':
        return { type: 'number', value: addToCounter(job.table, call.counter) };
      case 'counted':
        return { type: 'number', value: loadCounter(job.table, call.counter) };
      case 'meet':
        return { type: 'number', value: await this.#places.meet(call.place, call.worker, call.ms) };
    }
  }

  /** Twice is the same as once: the creator may have had no answer. */
  async #create({ spec, plan }: Create): Promise<CoordinatorReply> {
    let job = this.#job;
    if (job === undefined) {
      const creation = createJob(spec, Date.now());
      if (creation.type === 'refused') return creation;
      job = { table: openSqlTable(this.#port), plan, state: creation.state };
      const { table, state } = job;
      this.#port.transaction(() => {
        savePlan(table, plan);
        saveJob(table, undefined, state);
      });
      this.#job = job;
    }
    // In the same turn, and so together with the rows.
    await this.ctx.storage.setAlarm(Date.now() + 1);
    return { type: 'status', summary: summaryOf(job) };
  }

  /** Creates no tables: who asks for an unknown job leaves nothing behind. */
  #load(): Job | undefined {
    if (this.#port.query("SELECT 1 FROM sqlite_master WHERE name = 'meta'").length === 0) return undefined;
    const table = openSqlTable(this.#port);
    const state = loadJob(table);
    const plan = loadPlan(table);
    return state === undefined || plan === undefined ? undefined : { table, plan, state };
  }

  #step(job: Job, input: JobInput): JobAnswer {
    const { state, answer } = step(job.state, input, Date.now());
    this.#port.transaction(() => saveJob(job.table, job.state, state));
    job.state = state;
    this.#publish(job);
    return answer;
  }

  #publish(job: Job): void {
    const output = jobOutput(this.env, job.state.spec.job, job.plan.output);
    this.#publisher.carryOut(
      publishOrders(job.state),
      (order) => output.publish(order),
      (input) => this.#step(job, input),
    );
  }

  /** The job has ended: everybody lets go of what was kept for it. False: not all could be reached, again later. */
  async #settle(job: Job): Promise<boolean> {
    const { plan, state } = job;
    const { job: name, application, reduceTasks } = state.spec;
    if (this.#publisher.busy) return false;
    if (!(await this.#callWorkers(job, { type: 'leave' }))) return false;
    if (state.status.type !== 'succeeded') await jobOutput(this.env, name, plan.output).clear(reduceTasks);
    await enterJob(this.env.MAPREDUCE_BUCKET, { job: name, application, state: state.status.type });
    return true;
  }

  /** True when all have answered. */
  async #callWorkers({ plan, state }: Job, call: WorkerCall): Promise<boolean> {
    const names = Array.from({ length: plan.workers }, (_, index) => workerName(state.spec.job, index));
    const replies = await callAll(names, (name) => callWorker(this.env, name, call));
    return !replies.includes(undefined);
  }
}

function nextAlarmMs(state: JobState, nowMs: number): number {
  return Math.max(nowMs + 1, Math.min(nowMs + WATCH_MS, nextExpiryMs(state) ?? Number.POSITIVE_INFINITY));
}

function summaryOf({ plan, state }: Job): JobSummary {
  return { spec: state.spec, plan, createdMs: state.createdMs, progress: progressOf(state, Date.now()) };
}
