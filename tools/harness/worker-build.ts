/** Builds the Worker as `wrangler deploy` would, and describes it to a bare workerd: no Miniflare stands in front. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { unstable_readConfig as readConfig } from 'wrangler';
import type { Guardian } from './guardian.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CONFIG = join(ROOT, 'wrangler.toml');

/** A Worker with the production code and nothing else. */
export const PRODUCTION_WORKER = join(ROOT, 'workers/index.ts');
/** The same with a route that crashes an object. */
export const FAULT_WORKER = join(ROOT, 'test/on-workerd/fault.worker.ts');

/** Values that take the place of those in wrangler.toml. */
export type Vars = Readonly<Record<string, unknown>>;

interface ObjectBinding {
  readonly name: string;
  readonly class_name: string;
}

/** The name of workerd's socket and of its disk, in the description. */
export const SOCKET = 'http';
export const DISK = 'disk';

export interface WorkerBuild {
  /** A source file. */
  readonly entry: string;
  /** Where the bundle goes. */
  readonly directory: string;
  /** In place of wrangler.toml. */
  readonly config?: string;
  /** Ends the build if this process is gone. */
  readonly guardian: Guardian;
}

/** Bundles the Worker. Returns the path of the bundle. */
export async function bundleWorker({
  entry,
  directory,
  config = CONFIG,
  guardian,
}: WorkerBuild): Promise<string> {
  const wrangler = join(packageDirectory('wrangler'), 'bin/wrangler.js');
  // The environment is named, if only by "": else wrangler warns that there are several.
  const build = spawn(
    process.execPath,
    [wrangler, 'deploy', entry, '--config', config, '--env=', '--dry-run', '--outdir', directory],
    {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      // A process group of its own: wrangler starts others.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  guardian.watch(build, { isGroup: true });
  const [output, problems, [code]] = await Promise.all([
    text(build.stdout),
    text(build.stderr),
    once(build, 'exit'),
  ]);
  if (code !== 0) throw new Error(`wrangler could not build ${entry}:\n${output}${problems}`);
  return bundlePath({ entry, directory });
}

function bundlePath({ entry, directory }: Pick<WorkerBuild, 'entry' | 'directory'>): string {
  return join(directory, `${basename(entry, '.ts')}.js`);
}

/** Texts of bundles, for a command that starts several clusters of one Worker: sources do not change while it runs. */
const bundles = new Map<string, Promise<string>>();

/** Bundles the Worker, once in a process. Returns the path of workerd's configuration. */
export async function buildWorker(build: WorkerBuild, vars: Vars = {}): Promise<string> {
  const bundle = bundlePath(build);
  const key = JSON.stringify([build.entry, build.config]);
  const text = bundles.get(key) ?? bundleWorker(build).then((path) => readFile(path, 'utf8'));
  bundles.set(key, text);
  writeFileSync(bundle, await text);
  const path = join(build.directory, 'workerd.capnp');
  writeFileSync(path, describeWorker(basename(bundle), vars, build.config ?? CONFIG));
  return path;
}

/** The workerd that miniflare, and so wrangler, depends on. */
export function workerdBinary(): string {
  const requireOfMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  return requireOfMiniflare('workerd').default;
}

function packageDirectory(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Of a local run, as wrangler.toml says. */
export function electionTimeoutMs(): number {
  const { ELECTION_TIMEOUT_MS } = readConfig({ config: CONFIG, env: '' }).vars;
  return Number(ELECTION_TIMEOUT_MS);
}

/** As wrangler.toml says. */
export function shardCount(): number {
  return Number(readConfig({ config: CONFIG, env: '' }).vars['SHARDS']);
}

/** `bundle` is relative to the description. */
function describeWorker(bundle: string, vars: Vars, configPath: string): string {
  const config = readConfig({ config: configPath, env: '' });
  const classes: readonly ObjectBinding[] = config.durable_objects.bindings;
  const namespaces = classes.map(({ class_name }) => {
    const name = JSON.stringify(class_name);
    return `(className = ${name}, uniqueKey = ${name}, enableSql = true)`;
  });
  const bindings = [
    ...classes.map(
      ({ name, class_name }) =>
        `(name = ${JSON.stringify(name)}, durableObjectNamespace = ${JSON.stringify(class_name)})`,
    ),
    ...Object.entries({ ...config.vars, ...vars }).map(
      ([name, value]) => `(name = ${JSON.stringify(name)}, json = ${JSON.stringify(JSON.stringify(value))})`,
    ),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "index.js", esModule = embed ${JSON.stringify(bundle)})],
      compatibilityDate = ${JSON.stringify(config.compatibility_date)},
      compatibilityFlags = ${JSON.stringify(config.compatibility_flags)},
      bindings = [${bindings.join(', ')}],
      durableObjectNamespaces = [${namespaces.join(', ')}],
      durableObjectStorage = (localDisk = "${DISK}"),
    )),
    (name = "${DISK}", disk = (writable = true)),
  ],
  sockets = [(name = "${SOCKET}", http = (), service = "worker")],
);
`;
}
