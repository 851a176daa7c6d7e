/**
 * Where the time of an operation goes: workerd's own profiler, asked over its inspector while a load runs. Time is counted
 * where it is spent, without what is called from there, and goes to the source file that a line of the bundle comes from.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { LocalCluster } from '../harness/local-cluster.ts';
import { GROUP_DIALECT } from './dialects.ts';
import { KeySupply } from './key-supply.ts';
import { runLoad, sendAll } from './load.ts';

export interface ProfileOptions {
  readonly operation: 'put' | 'get';
  readonly clients: number;
  readonly valueBytes: number;
  readonly seconds: number;
}

export interface Profile {
  readonly operations: number;
  /** Microseconds per operation, most first; idle time is left out. */
  readonly places: readonly TimeSpent[];
  readonly functions: readonly TimeSpent[];
}

export interface TimeSpent {
  readonly name: string;
  readonly us: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly lineNumber: number; readonly url: string };
}

/** Of the DevTools protocol. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const WARM_UP_MS = 3000;
const SAMPLE_US = 200;
const KNOWN_KEYS = 2000;
const IDLE = '(idle)';

export async function profile(options: ProfileOptions): Promise<Profile> {
  const cluster = new LocalCluster({ isInspected: true });
  try {
    await cluster.start();
    return await profileOf(cluster, options);
  } finally {
    await cluster.stop();
  }
}

async function profileOf(cluster: LocalCluster, options: ProfileOptions): Promise<Profile> {
  const { operation, clients, valueBytes, seconds } = options;
  const keys = new KeySupply(KNOWN_KEYS);
  const { url } = cluster;
  const known = keys.allKnown(valueBytes).map((key) => GROUP_DIALECT.put(key, keys.value(valueBytes)));
  await sendAll(url, clients, known.values());
  const phrase = GROUP_DIALECT.phrases[operation];
  if (phrase === undefined) throw new Error(`there is no ${operation}`);
  const inspector = await Inspector.of(cluster.inspectorPort);
  const load = runLoad({
    url,
    clients,
    warmUpMs: WARM_UP_MS,
    durationMs: 1000 * seconds,
    nextRequest: () => phrase(keys, valueBytes),
  });
  const [taken, { operationsPerSecond }] = await Promise.all([takeProfile(inspector, seconds), load]);
  const operations = operationsPerSecond * seconds;
  return { operations, ...placesOf(taken.profile, taken.sources, operations) };
}

async function takeProfile(inspector: Inspector, seconds: number) {
  await pause(WARM_UP_MS);
  await inspector.call('Profiler.enable');
  await inspector.call('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await inspector.call('Profiler.start');
  await pause(1000 * seconds);
  const { profile } = (await inspector.call('Profiler.stop')) as { readonly profile: CpuProfile };
  const sources = await inspector.sources();
  inspector.close();
  return { profile, sources };
}

/** Texts of scripts by their address. */
type Sources = ReadonlyMap<string, string>;

export function placesOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  sources: Sources,
  operations: number,
): Pick<Profile, 'places' | 'functions'> {
  const spent = new Map<number, number>();
  for (const [at, id] of samples.entries()) spent.set(id, (spent.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  const files = new Map([...sources].map(([url, text]) => [url, filesOfLines(text)]));
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const { id, callFrame } of nodes) {
    const { functionName, lineNumber, url } = callFrame;
    if (functionName === IDLE) continue;
    const us = (spent.get(id) ?? 0) / operations;
    const file = files.get(url)?.[lineNumber];
    const place = placeOf(file, functionName);
    places.set(place, (places.get(place) ?? 0) + us);
    const name = `${functionName || '(anonymous)'}${file === undefined ? '' : `, ${file}`}`;
    functions.set(name, (functions.get(name) ?? 0) + us);
  }
  return { places: ranked(places), functions: ranked(functions) };
}

function ranked(spent: ReadonlyMap<string, number>): readonly TimeSpent[] {
  return [...spent].map(([name, us]) => ({ name, us })).sort((left, right) => right.us - left.us);
}

/** A folder of the project, a package, or the runtime. */
function placeOf(file: string | undefined, functionName: string): string {
  if (functionName === '(garbage collector)') return 'garbage collector';
  if (file === undefined) return 'runtime';
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return name ?? file.split('/').slice(0, 2).join('/');
}

/** The bundler says in a comment where the lines that follow come from. */
function filesOfLines(bundle: string): readonly (string | undefined)[] {
  let file: string | undefined;
  return bundle.split('\n').map((line) => {
    const [, path] = /^\s*\/\/ ((?:src|workers|tools|node_modules)\/\S+)$/.exec(line) ?? [];
    if (path !== undefined) file = path;
    return file;
  });
}

/** A connection to the inspector, in the DevTools protocol. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: { readonly result: unknown }) => void>();
  readonly #scripts = new Map<string, string>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data));
      if (message.method === 'Debugger.scriptParsed') {
        this.#scripts.set(message.params.url, message.params.scriptId);
      }
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  static async of(port: number): Promise<Inspector> {
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      readonly webSocketDebuggerUrl: string;
    }[];
    if (target === undefined) throw new Error('the inspector knows of no Worker');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
    });
    return new Inspector(socket);
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<{ readonly result: unknown }>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await answer).result;
  }

  async sources(): Promise<Sources> {
    await this.call('Debugger.enable');
    const sources = new Map<string, string>();
    for (const [url, scriptId] of this.#scripts) {
      const { scriptSource } = (await this.call('Debugger.getScriptSource', { scriptId })) as {
        readonly scriptSource: string;
      };
      sources.set(url, scriptSource);
    }
    return sources;
  }

  close(): void {
    this.#socket.close();
  }
}
