import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestHarness, unstable_readConfig as readConfig, type TestHarness } from 'wrangler';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = join(ROOT, 'wrangler.toml');

const PRODUCTION_WORKER = join(ROOT, 'workers/index.ts');
const FAULT_WORKER = join(ROOT, 'test/on-workerd/mapreduce-fault.worker.ts');

/** After how many completed tasks an object of the job is crashed; never if it is left out. */
export interface Faults {
  readonly workerAfter?: number;
  readonly coordinatorAfter?: number;
}

/** What a coordinator with faults has to say. */
export interface FaultNotes {
  readonly crashed: readonly string[];
  readonly outputsAtFirstExit?: Readonly<Record<string, string>>;
}

/** A cluster with a bucket, which a bare workerd does not have: Miniflare simulates it. All data goes with `stop`. */
export class MapReduceCluster {
  readonly #harness: TestHarness;
  readonly url: string;

  private constructor(harness: TestHarness, url: URL) {
    this.#harness = harness;
    this.url = url.origin;
  }

  /** With faults, if only `{}`, it is a test's Worker that runs, and takes notes. */
  static async start(
    faults?: Faults,
    settings: Readonly<Record<string, number>> = {},
  ): Promise<MapReduceCluster> {
    const { name, compatibility_date, durable_objects, migrations, r2_buckets, vars } = readConfig({
      config: CONFIG,
      env: '',
    });
    // Else it would ask another machine where this one stands, and say so on standard output if it cannot.
    process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false';
    // Else it keeps a trace of every call and every row, which a long job has many of.
    process.env['X_LOCAL_OBSERVABILITY'] ??= 'false';
    const harness = createTestHarness({
      workers: [
        {
          config: {
            main: faults === undefined ? PRODUCTION_WORKER : FAULT_WORKER,
            ...(name === undefined ? {} : { name }),
            ...(compatibility_date === undefined ? {} : { compatibility_date }),
            durable_objects,
            migrations,
            r2_buckets,
            vars: {
              ...vars,
              ...settings,
              CRASH_WORKER_AFTER: faults?.workerAfter ?? 0,
              CRASH_COORDINATOR_AFTER: faults?.coordinatorAfter ?? 0,
            },
          },
        },
      ],
    });
    const { url } = await harness.listen();
    return new MapReduceCluster(harness, url);
  }

  async notes(job: string): Promise<FaultNotes> {
    const response = await fetch(`${this.url}/notes/${job}`);
    return (await response.json()) as FaultNotes;
  }

  /** How long the sequential program takes in the process of the cluster, over all that has been uploaded. */
  async sequentialSeconds(application: string): Promise<number> {
    const begunMs = performance.now();
    const response = await fetch(`${this.url}/sequential/${application}`);
    await response.text();
    if (!response.ok) throw new Error(`the sequential run failed: ${response.status}`);
    return (performance.now() - begunMs) / 1_000;
  }

  /** What there is on the disk of a worker. */
  async tables(worker: string): Promise<readonly unknown[]> {
    const handle = this.#harness.getWorker();
    const storage = await handle.getDurableObjectStorage('MAPREDUCE_WORKER', { name: worker });
    return storage.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'");
  }

  async stop(): Promise<void> {
    await this.#harness.close();
  }
}
