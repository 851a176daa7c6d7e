import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
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
const START_TRIES_MAX = 300;

export interface HeapUsage {
  /** Live objects of the JavaScript heap. */
  readonly usedSize: number;
  /** Live array buffers, which are outside of it. */
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
    const options = {
      ip: '127.0.0.1',
      port: String(port),
      'inspector-port': String(inspectorPort),
      'persist-to': this.#directory,
      'show-interactive-dev-session': 'false',
      env: '',
    };
    const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#process = spawn(process.execPath, [WRANGLER, 'dev', ...given], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
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

  /** After a full collection: what is counted is in use. */
  async liveHeap(): Promise<HeapUsage> {
    await this.#call('HeapProfiler.collectGarbage');
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
