import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
);
const ENVIRONMENT = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };
const START_TRIES_MAX = 300;

export interface HeapUsage {
  /** The JavaScript heap, with what is not in use any more and has not been collected yet. */
  readonly usedSize: number;
  /** Array buffers, which are outside of it. */
  readonly backingStorageSize: number;
}

/** The production Worker under `wrangler dev`, whose V8 inspector tells what its isolate holds. */
export class InspectedCluster {
  readonly #directory = mkdtempSync(join(tmpdir(), 'flotilla-'));
  readonly #process: ChildProcess;
  readonly #inspectorPort: number;
  readonly url: string;
  #socket: WebSocket | undefined;
  #calls = 0;

  private constructor(port: number, inspectorPort: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#inspectorPort = inspectorPort;
    // A copy, built once: a change of the source during the measurement would start the Worker anew.
    const config = join(this.#directory, 'wrangler.toml');
    copyFileSync(join(ROOT, 'wrangler.toml'), config);
    wrangler(['deploy', 'workers/index.ts', '--dry-run', '--env=', `--outdir=${this.#directory}`]);
    this.#process = spawn(
      process.execPath,
      [
        WRANGLER,
        'dev',
        join(this.#directory, 'index.js'),
        '--no-bundle',
        '--env=',
        `--config=${config}`,
        '--ip=127.0.0.1',
        `--port=${port}`,
        `--inspector-port=${inspectorPort}`,
        `--persist-to=${join(this.#directory, 'state')}`,
        '--show-interactive-dev-session=false',
      ],
      { cwd: this.#directory, stdio: 'ignore', env: ENVIRONMENT },
    );
  }

  static async start(): Promise<InspectedCluster> {
    const cluster = new InspectedCluster(await freePort(), await freePort());
    for (let tries = 0; !(await cluster.#answers()); tries += 1) {
      if (tries === START_TRIES_MAX) throw new Error('wrangler dev does not answer');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await cluster.#inspect();
    return cluster;
  }

  async heap(): Promise<HeapUsage> {
    return (await this.#call('Runtime.getHeapUsage')) as HeapUsage;
  }

  async stop(): Promise<void> {
    this.#socket?.close();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const response = await fetch(`${this.url}/v1/mapreduce/jobs`).catch(() => undefined);
    await response?.text();
    return response?.ok === true;
  }

  async #inspect(): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.#inspectorPort}/json`);
    const [target] = (await response.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
    if (target === undefined) throw new Error('there is nothing to inspect');
    // Else wrangler takes it for a stranger's page.
    const headers = { origin: 'http://localhost' };
    this.#socket = new WebSocket(target.webSocketDebuggerUrl, { headers });
    await new Promise((resolve, reject) => {
      this.#socket?.addEventListener('open', resolve, { once: true });
      this.#socket?.addEventListener('error', reject, { once: true });
    });
  }

  #call(method: string): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    const socket = this.#socket;
    return new Promise((resolve) => {
      const listen = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data));
        if (answer.id !== id) return;
        socket?.removeEventListener('message', listen);
        resolve(answer.result);
      };
      socket?.addEventListener('message', listen);
      socket?.send(JSON.stringify({ id, method }));
    });
  }
}

function wrangler(parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [WRANGLER, ...parameters], {
    cwd: ROOT,
    encoding: 'utf8',
    env: ENVIRONMENT,
  });
  if (status !== 0) throw new Error(stderr);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
