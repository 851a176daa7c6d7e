import { isDeepStrictEqual } from 'node:util';
import { decodeText, encodeText } from '../../../../src/codec/index.ts';
import {
  type AttemptId,
  createJob,
  type DataLimits,
  DEFAULT_DATA_LIMITS,
  DEFAULT_JOB_OPTIONS,
  formatLine,
  type JobAnswer,
  type JobInput,
  type JobOptions,
  type JobState,
  loadJob,
  type OutputSink,
  type PublishOrder,
  publishOrders,
  type ShuffleReply,
  type ShuffleRequest,
  saveJob,
  serveChunk,
  splitObjects,
  step,
} from '../../../../src/mapreduce/index.ts';
import { runSequential } from '../../../../tools/harness/sequential.ts';
import { MemoryTable } from '../../../../tools/memory-storage/index.ts';
import { labApplications, quietHost } from '../../../labs/lab1/applications.ts';
import { Monitor } from './monitor.ts';
import { Objects } from './objects.ts';
import { Random } from './random.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { VirtualTime } from './virtual-time.ts';

/** What breaks. Probabilities of each event, mean times between two events; all end at `untilMs`. */
export interface Faults {
  readonly untilMs: number;
  readonly requestLost: number;
  readonly replyLost: number;
  readonly requestRepeated: number;
  readonly delayMsMax: number;
  readonly workerCrashEveryMs: number;
  /** A worker that crashes loses its disk. */
  readonly diskLost: number;
  readonly coordinatorCrashEveryMs: number;
  /** A finished output cannot be found when it is to be published. */
  readonly outputLost: number;
  /** A worker stops for long in the middle of a task. */
  readonly stall: number;
}

export const NO_FAULTS: Faults = {
  untilMs: 0,
  requestLost: 0,
  replyLost: 0,
  requestRepeated: 0,
  delayMsMax: 2,
  workerCrashEveryMs: Number.POSITIVE_INFINITY,
  diskLost: 0,
  coordinatorCrashEveryMs: Number.POSITIVE_INFINITY,
  outputLost: 0,
  stall: 0,
};

/** Parts of the system that a test replaces by broken ones, to see that the monitor notices. */
export interface Parts {
  readonly step: typeof step;
  readonly saveJob: typeof saveJob;
  readonly serveChunk: typeof serveChunk;
}

export const REAL_PARTS: Parts = { step, saveJob, serveChunk };

export interface SimulationOptions {
  readonly seed: number;
  readonly application: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly workers: number;
  readonly reduceTasks: number;
  readonly faults?: Faults;
  readonly limits?: DataLimits;
  readonly jobOptions?: Partial<JobOptions>;
  readonly parts?: Parts;
  /** Gives the output to compare with; left out for applications whose output depends on time. */
  readonly sequentialApplication?: string;
}

/** Faults end long before: a job that is not done by then never will be. */
const VIRTUAL_MS_MAX = 400_000;
const LOST_MESSAGE_MS = 1_000;
const COORDINATOR_DOWN_MS = 300;

/** One coordinator and its workers in virtual time. Everything that is random comes from the seed. */
export class Simulation {
  readonly options: SimulationOptions;
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly monitor = new Monitor();
  readonly limits: DataLimits;
  readonly input: Objects;
  readonly workers: readonly SimulatedWorker[];
  readonly counters = new Map<string, number>();
  readonly places = new Map<string, Set<string>>();
  readonly #parts: Parts;
  readonly #table = new MemoryTable();
  readonly #staged = new Map<string, string>();
  readonly #publishing = new Set<string>();
  #state: JobState;
  #coordinatorDownUntilMs = 0;
  coordinatorCrashes = 0;
  workerCrashes = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    this.limits = options.limits ?? DEFAULT_DATA_LIMITS;
    this.#parts = options.parts ?? REAL_PARTS;
    this.input = new Objects(options.texts);
    const creation = createJob(
      {
        job: 'job',
        application: options.application,
        arguments: {},
        splits: splitObjects(this.input.list(), this.limits.splitBytesMax),
        reduceTasks: options.reduceTasks,
        options: { ...DEFAULT_JOB_OPTIONS, attemptsMax: 10_000, ...options.jobOptions },
      },
      0,
    );
    if (creation.type === 'refused') throw new Error(creation.reason);
    this.#state = creation.state;
    this.#parts.saveJob(this.#table, undefined, this.#state);
    this.workers = Array.from({ length: options.workers }, (_, at) => new SimulatedWorker(this, `w${at}`));
  }

  get state(): JobState {
    return this.#state;
  }

  /** The faults of this moment. */
  get faults(): Faults {
    const faults = this.options.faults ?? NO_FAULTS;
    return this.time.nowMs < faults.untilMs ? faults : NO_FAULTS;
  }

  /** Runs the job to its end and returns what went wrong. */
  async run(): Promise<readonly string[]> {
    for (const worker of this.workers) worker.start();
    void this.#every(this.faults.workerCrashEveryMs, () => this.random.pick(this.workers).crash());
    void this.#every(this.faults.coordinatorCrashEveryMs, () => this.#crashCoordinator());
    await this.time.run(() => this.#over(), VIRTUAL_MS_MAX);
    if (this.#state.status.type !== 'succeeded') {
      this.monitor.violations.push(`the job did not succeed: ${JSON.stringify(this.#state.status)}`);
    } else if (this.options.sequentialApplication !== undefined) {
      const application = labApplications(quietHost()).get(this.options.sequentialApplication);
      if (application === undefined) throw new Error('no such application');
      const inputs = Object.entries(this.options.texts).map(([name, contents]) => ({ name, contents }));
      this.monitor.compare(await runSequential(application, inputs), this.options.reduceTasks);
    }
    return this.monitor.violations;
  }

  #over(): boolean {
    return this.monitor.violations.length > 0 || this.workers.every((worker) => worker.exited);
  }

  async #every(meanMs: number, event: () => void): Promise<void> {
    while (Number.isFinite(meanMs) && !this.#over()) {
      await this.time.sleep(this.random.upTo(2 * meanMs));
      if (this.faults !== NO_FAULTS) event();
    }
  }

  /** A message to the coordinator. Undefined: nothing is known of it. */
  async call(input: JobInput): Promise<JobAnswer | undefined> {
    const { faults, random } = this;
    await this.delay();
    if (random.chance(faults.requestRepeated)) void this.#repeatLater(input);
    if (random.chance(faults.requestLost) || this.time.nowMs < this.#coordinatorDownUntilMs) {
      await this.time.sleep(LOST_MESSAGE_MS);
      return undefined;
    }
    const answer = this.#handle(input);
    await this.delay();
    if (!random.chance(faults.replyLost)) return answer;
    await this.time.sleep(LOST_MESSAGE_MS);
    return undefined;
  }

  delay(): Promise<void> {
    return this.time.sleep(1 + this.random.upTo(this.faults.delayMsMax));
  }

  async #repeatLater(input: JobInput): Promise<void> {
    await this.time.sleep(this.random.upTo(20_000));
    if (this.time.nowMs >= this.#coordinatorDownUntilMs) this.#handle(input);
  }

  /** One turn of the coordinator's object: state, rows and answer together. */
  #handle(input: JobInput): JobAnswer {
    const before = this.#state;
    const after = this.#parts.step(before, input, this.time.nowMs);
    this.#parts.saveJob(this.#table, before, after.state);
    this.#state = after.state;
    this.monitor.transition(before, after.state);
    this.#publishAll();
    return after.answer;
  }

  /** Everything but the rows is forgotten. */
  #crashCoordinator(): void {
    this.coordinatorCrashes += 1;
    const loaded = loadJob(this.#table);
    if (!isDeepStrictEqual(loaded, this.#state)) {
      this.monitor.violations.push('the rows are not the state');
    }
    if (loaded === undefined) return;
    this.#state = loaded;
    this.#publishing.clear();
    this.#coordinatorDownUntilMs = this.time.nowMs + COORDINATOR_DOWN_MS;
    this.#publishAll();
  }

  #publishAll(): void {
    for (const order of publishOrders(this.#state)) {
      const output = decodeText(order.output);
      if (this.#publishing.has(output)) continue;
      this.#publishing.add(output);
      void this.#publish(order);
    }
  }

  async #publish({ reduce, attempt, output: receipt }: PublishOrder): Promise<void> {
    const output = decodeText(receipt);
    await this.delay();
    if (this.random.chance(this.faults.outputLost)) this.#staged.delete(output);
    const text = this.#staged.get(output);
    if (text === undefined) {
      this.#handle({ type: 'unpublishable', reduce, attempt });
    } else {
      this.monitor.publish(reduce, attempt, text);
      this.#handle({ type: 'published', reduce, attempt });
    }
  }

  async fetchChunk(request: ShuffleRequest): Promise<ShuffleReply> {
    for (let tries = 0; tries < 3; tries += 1) {
      await this.delay();
      const mapper = this.workers.find((worker) => worker.name === request.source.worker);
      if (mapper?.up === true && !this.random.chance(this.faults.requestLost)) {
        return this.#parts.serveChunk(mapper.disk, request);
      }
      await this.time.sleep(200);
    }
    return { type: 'missing' };
  }

  openOutput({ task, attempt }: AttemptId): Promise<OutputSink> {
    const name = `${task}-${attempt}`;
    let text = '';
    return Promise.resolve({
      write: (key, value) => {
        text += formatLine(key, value);
      },
      finish: () => {
        this.#staged.set(name, text);
        return Promise.resolve(encodeText(name));
      },
      discard: () => {
        this.#staged.delete(name);
        return Promise.resolve();
      },
    });
  }
}
