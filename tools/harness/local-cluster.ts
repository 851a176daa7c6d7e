import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buildWorker, DISK, PRODUCTION_WORKER, SOCKET, type Vars, workerdBinary } from './worker-build.ts';

export interface ClusterOptions {
  /** The entry point of the Worker; the production code unless it says otherwise. */
  readonly worker?: string;
  /** In place of wrangler.toml, for a Worker with objects of its own. */
  readonly config?: string;
  readonly vars?: Vars;
  /** Where its own directory is made. */
  readonly under?: string;
}

/** The descriptor on which workerd reports where it listens. */
const CONTROL_DESCRIPTOR = 3;

/** The exit code of a process that was interrupted: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** A workerd process of its own, on a disk and a port of its own, that can be killed and started again. */
export class LocalCluster {
  readonly #directory: string;
  readonly #config: string;
  #port = 0;
  #process: ChildProcess | undefined;
  /** Nothing is left behind, however this process ends: a group of its own would not hear Ctrl-C. */
  readonly #onExit = (): void => {
    this.#signal('SIGKILL');
    this.#removeDirectory();
  };
  readonly #onInterrupt = (): void => process.exit(INTERRUPTED);

  /** Builds the Worker; `start` runs it. */
  constructor({ worker = PRODUCTION_WORKER, config, vars = {}, under = tmpdir() }: ClusterOptions = {}) {
    this.#directory = mkdtempSync(join(under, 'flotilla-'));
    mkdirSync(join(this.#directory, DISK));
    process.once('exit', this.#onExit);
    process.once('SIGINT', this.#onInterrupt);
    this.#config = buildWorker(worker, this.#directory, { LOCAL_HOSTS: 'localhost', ...vars }, config);
  }

  /** The same after each start. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Of the process that runs, for who wants to know what it takes. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the cluster was not started');
    return pid;
  }

  /** Returns when workerd listens. */
  async start(): Promise<void> {
    const started = spawn(
      workerdBinary(),
      [
        'serve',
        this.#config,
        `--socket-addr=${SOCKET}=127.0.0.1:${this.#port}`,
        `--directory-path=${DISK}=${join(this.#directory, DISK)}`,
        `--control-fd=${CONTROL_DESCRIPTOR}`,
      ],
      // A process group of its own, so that a signal reaches all that belongs to it.
      { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
    );
    this.#process = started;
    this.#port = await listeningPort(started);
  }

  /** SIGKILL: nobody gets the chance to tidy up. The disk stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the process and removes its disk. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    process.off('exit', this.#onExit);
    process.off('SIGINT', this.#onInterrupt);
    this.#removeDirectory();
  }

  #removeDirectory(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = this.#process;
    if (ending === undefined || hasEnded(ending)) return;
    const ended = once(ending, 'exit');
    this.#signal(signal);
    await ended;
  }

  #signal(signal: 'SIGKILL' | 'SIGTERM'): void {
    const running = this.#process;
    if (running?.pid !== undefined && !hasEnded(running)) process.kill(-running.pid, signal);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function listeningPort(started: ChildProcess): Promise<number> {
  const control = started.stdio[CONTROL_DESCRIPTOR] as Readable;
  for await (const line of createInterface({ input: control })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === 'listen' && socket === SOCKET) return port;
  }
  throw new Error('workerd ended before it listened');
}
