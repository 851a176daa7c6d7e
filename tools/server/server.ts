/**
 * The store on this machine, as `npm start` runs it: the Worker that would be deployed in a workerd that Miniflare
 * starts, since it brings R2. Requests go straight to the Worker, past Miniflare's entry: that one costs half of a put.
 */

import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as getWorkerOptions } from 'wrangler';
import { Guardian, guardEachWorkerd } from '../harness/guardian.ts';
import { bundleWorker, CONFIG, PRODUCTION_WORKER } from '../harness/worker-build.ts';
import { answerAboutDisk, type DiskRoom } from './disk-room.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Where objects and buckets are. */
  readonly dataFolder: string;
  /** Of the disk with that folder. */
  readonly room: DiskRoom;
  /** A line for each request, at the price of Miniflare's entry. */
  readonly isVerbose: boolean;
}

/** Returns the URL when it serves. It ends with this process. */
export async function startServer(options: ServerOptions): Promise<URL> {
  guardEachWorkerd();
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const guardian = new Guardian(directory);
  // Miniflare's temporary folder too is removed when this process is killed.
  process.env['TMPDIR'] = directory;
  // Else Miniflare would ask another machine where this one stands.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false';
  const bundle = await bundleWorker({ entry: PRODUCTION_WORKER, directory, guardian });
  const miniflare = new Miniflare(describe(bundle, options));
  const entry = await miniflare.ready;
  return options.isVerbose ? entry : miniflare.unsafeGetDirectURL();
}

function describe(
  bundle: string,
  { host, port, dataFolder, room, isVerbose }: ServerOptions,
): MiniflareOptions {
  // So that it can be measured before the first object makes it.
  mkdirSync(join(dataFolder, 'do'), { recursive: true });
  const { workerOptions } = getWorkerOptions(CONFIG, '');
  const socket = { host, port };
  const entry = isVerbose
    ? { ...socket, logRequests: true, log: new Log(LogLevel.INFO) }
    : { host: '127.0.0.1', port: 0, logRequests: false, log: new Log(LogLevel.WARN) };
  return convertV4MiniflareOptions({
    ...workerOptions,
    ...entry,
    // Pages of other sites are kept away; a setting of the deployment says more.
    bindings: Object.assign({ LOCAL_HOSTS: `localhost,${host}` }, workerOptions['bindings']),
    // A part of the names under which its objects are kept.
    name: 'flotilla',
    modulesRoot: dirname(bundle),
    modules: [{ type: 'ESModule', path: bundle, contents: readFileSync(bundle, 'utf8') }],
    unsafeDirectSockets: isVerbose ? [] : [socket],
    resourcePersistencePath: dataFolder,
    serviceBindings: { DISK_GAUGE: answerAboutDisk(room, dataFolder) },
    telemetry: { enabled: false },
    unsafeLocalExplorer: false,
    unsafeObservability: false,
    unsafeTriggerHandlers: false,
  });
}
