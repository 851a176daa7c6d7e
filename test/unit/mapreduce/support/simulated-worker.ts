import {
  type Assignment,
  type AttemptId,
  attemptRows,
  deleteRows,
  executeTask,
  type JobAnswer,
  type JobInput,
  type WorkerPorts,
} from '../../../../src/mapreduce/index.ts';
import { MemoryTable } from '../../../../tools/memory-storage/index.ts';
import { type CourseHost, labApplications } from '../../../labs/lab1/applications.ts';
import type { Simulation } from './simulation.ts';

const RESTART_MS_MAX = 2_000;
const STALL_MS_MAX = 30_000;
const RETRY_MS = 100;

const forever = new Promise<never>(() => undefined);

/** A worker's object: its disk survives a crash, unless it is lost too; all else begins anew. */
export class SimulatedWorker {
  readonly name: string;
  readonly #simulation: Simulation;
  disk = new MemoryTable();
  up = false;
  exited = false;
  /** Rises with each start: what an earlier life was waiting for never comes. */
  #life = 0;

  constructor(simulation: Simulation, name: string) {
    this.#simulation = simulation;
    this.name = name;
  }

  start(): void {
    this.up = true;
    this.#life += 1;
    void this.#work(this.#life);
  }

  crash(): void {
    if (!this.up || this.exited) return;
    const { random, faults } = this.#simulation;
    this.up = false;
    this.#life += 1;
    this.#simulation.workerCrashes += 1;
    if (random.chance(faults.diskLost)) this.disk = new MemoryTable();
    void this.#restart();
  }

  async #restart(): Promise<void> {
    await this.#simulation.time.sleep(this.#simulation.random.upTo(RESTART_MS_MAX));
    this.start();
  }

  async #work(life: number): Promise<void> {
    for (;;) {
      const answer = await this.#call(life, { type: 'ask', worker: this.name });
      if (answer?.type === 'ended') break;
      if (answer?.type === 'assigned') await this.#execute(life, answer.assignment);
      else
        await this.#alive(
          life,
          this.#simulation.time.sleep(answer?.type === 'wait' ? answer.retryAfterMs : RETRY_MS),
        );
    }
    const { monitor, state } = this.#simulation;
    if (state.status.type === 'running') monitor.violations.push(`${this.name} left before the job was done`);
    deleteRows(this.disk, { from: '', to: undefined });
    this.exited = true;
  }

  async #execute(life: number, assignment: Assignment): Promise<void> {
    const application = labApplications(this.#host(life)).get(assignment.application);
    if (application === undefined) throw new Error(`no application ${assignment.application}`);
    const outcome = await executeTask(
      assignment,
      application,
      this.#ports(life, assignment.attempt),
      this.#simulation.limits,
    );
    if (outcome.type === 'abandoned') return;
    let answer: JobAnswer | undefined;
    while (answer === undefined) answer = await this.#call(life, outcome);
    if (answer.type === 'superseded' && assignment.type === 'map') {
      const { task, attempt } = assignment.attempt;
      deleteRows(this.disk, attemptRows(assignment.job, { map: task, attempt }));
    }
  }

  #ports(life: number, attempt: AttemptId): WorkerPorts {
    const simulation = this.#simulation;
    return {
      worker: this.name,
      disk: this.disk,
      input: {
        read: (name, start, end) => this.#alive(life, simulation.input.read(name, start, end)),
        scan: () => simulation.input.scan(),
      },
      shuffle: { fetch: (request) => this.#alive(life, simulation.fetchChunk(request)) },
      openOutput: (id) => simulation.openOutput(id),
      keepGoing: () => this.#keepGoing(life, attempt),
    };
  }

  /** Stalls sometimes; otherwise as fast as the input is read. */
  async #keepGoing(life: number, attempt: AttemptId): Promise<boolean> {
    const { time, random, faults } = this.#simulation;
    const ms = random.chance(faults.stall) ? random.upTo(STALL_MS_MAX) : random.upTo(20);
    await this.#alive(life, time.sleep(ms));
    const answer = await this.#call(life, { type: 'progress', worker: this.name, attempt });
    return answer?.type !== 'abandon';
  }

  #host(life: number): CourseHost {
    const { time, random, counters, places } = this.#simulation;
    const sleep = (ms: number): Promise<void> => this.#alive(life, time.sleep(ms));
    return {
      worker: this.name,
      nowMs: () => time.nowMs,
      random: () => random.part(),
      sleep,
      crash: () => {
        this.crash();
        return forever;
      },
      count: (counter) => {
        counters.set(counter, (counters.get(counter) ?? 0) + 1);
        return Promise.resolve();
      },
      counted: (counter) => Promise.resolve(counters.get(counter) ?? 0),
      meet: async (place, ms) => {
        const present = places.get(place) ?? new Set();
        places.set(place, present.add(this.name));
        await sleep(ms / 2);
        const together = present.size;
        await sleep(ms / 2);
        present.delete(this.name);
        return together;
      },
    };
  }

  #call(life: number, input: JobInput): Promise<JobAnswer | undefined> {
    return this.#alive(life, this.#simulation.call(input));
  }

  async #alive<Value>(life: number, promise: Promise<Value>): Promise<Value> {
    const value = await promise;
    return life === this.#life ? value : forever;
  }
}
