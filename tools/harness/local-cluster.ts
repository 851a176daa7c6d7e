import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Guardian } from './guardian.ts';
import { buildWorker, DISK, PRODUCTION_WORKER, SOCKET, type Vars, workerdBinary } from './worker-build.ts';

export interface ClusterOptions {
  /** The entry point of the Worker; the production code unless it says otherwise. */
  readonly worker?: string;
  /** In place of wrangler.toml, for a Worker with objects of its own. */
  readonly config?: string;
  readonly vars?: Vars;
  /** Where its own directory is made. */
  readonly under?: string;
  /** Whether a debugger or a profiler may attach (`inspectorPort`). */
  readonly isInspected?: boolean;
}

/** The descriptor on which workerd reports where it listens. */
const CONTROL_DESCRIPTOR = 3;

/** A workerd process of its own, on a disk and a port of its own, that can be killed and started again. */
export class LocalCluster {
  readonly #options: ClusterOptions;
  readonly #directory: string;
  readonly #guardian: Guardian;
  #config: string | undefined;
  #port = 0;
  #inspectorPort: number | undefined;
  #process: ChildProcess | undefined;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
    this.#directory = mkdtempSync(join(options.under ?? tmpdir(), 'flotilla-'));
    this.#guardian = new Guardian(this.#directory);
    mkdirSync(join(this.#directory, DISK));
  }

  /** The same after each start. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get inspectorPort(): number {
    if (this.#inspectorPort === undefined) throw new Error('the cluster runs without an inspector');
    return this.#inspectorPort;
  }

  /** Where the files of all objects are, in folders by class. */
  get disk(): string {
    return join(this.#directory, DISK);
  }

  /** Of the process that runs, for who wants to know what it takes. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the cluster was not started');
    return pid;
  }

  /** Returns when workerd listens. Builds the Worker the first time. */
  async start(): Promise<void> {
    this.#config ??= await this.#build();
    const started = spawn(
      workerdBinary(),
      [
        'serve',
        this.#config,
        `--socket-addr=${SOCKET}=127.0.0.1:${this.#port}`,
        `--directory-path=${DISK}=${join(this.#directory, DISK)}`,
        `--control-fd=${CONTROL_DESCRIPTOR}`,
        ...(this.#options.isInspected ? ['--inspector-addr=127.0.0.1:0'] : []),
      ],
      // A process group of its own, so that a signal reaches all that belongs to it.
      { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
    );
    this.#guardian.watch(started, { isGroup: true });
    this.#process = started;
    const { port, inspectorPort } = await listeningPorts(started);
    this.#port = port;
    this.#inspectorPort = inspectorPort;
  }

  /** SIGKILL: nobody gets the chance to tidy up. The disk stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the process and removes its disk. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#directory, { recursive: true, force: true });
    this.#guardian.release();
  }

  #build(): Promise<string> {
    const { worker = PRODUCTION_WORKER, config, vars = {} } = this.#options;
    const build = { entry: worker, directory: this.#directory, guardian: this.#guardian };
    return buildWorker(config === undefined ? build : { ...build, config }, {
      LOCAL_HOSTS: 'localhost',
      ...vars,
    });
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = this.#process;
    if (ending?.pid === undefined || hasEnded(ending)) return;
    const ended = once(ending, 'exit');
    process.kill(-ending.pid, signal);
    await ended;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** An inspector listens before all else. */
async function listeningPorts(started: ChildProcess): Promise<{ port: number; inspectorPort?: number }> {
  const control = started.stdio[CONTROL_DESCRIPTOR] as Readable;
  let inspector: { inspectorPort?: number } = {};
  for await (const line of createInterface({ input: control })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === 'listen-inspector') inspector = { inspectorPort: port };
    if (event === 'listen' && socket === SOCKET) return { port, ...inspector };
  }
  throw new Error('workerd ended before it listened');
}
