/**
 * Runs the store on this machine until it is told to end:
 *
 *     npm start [-- --port 8787] [--host 127.0.0.1] [--state .flotilla] [--verbose]
 *
 * docs/operating.md says what is kept where. Exits with 0 after SIGINT (Ctrl-C), SIGTERM or SIGHUP; with 1 if the port
 * or the state folder is in use; with 2 if it was misused.
 */

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { DiskRoom } from '../tools/server/disk-room.ts';
import { startServer } from '../tools/server/server.ts';
import { lockState } from '../tools/server/state-lock.ts';

const EXIT_IN_USE = 1;
const PARENT_POLL_MS = 500;
const PORT_MAX = 65_535;

interface Options {
  readonly port: number;
  readonly host: string;
  readonly state: string;
  readonly verbose?: true;
}

const { port, host, state, verbose } = newCommand('start')
  .description('runs the store on this machine')
  .option('--port <number>', 'where it listens; 0 for any free port', wholeNumber(), 8787)
  .option('--host <address>', 'the address that it listens on', '127.0.0.1')
  .option('--state <folder>', 'what it keeps when it ends', '.flotilla')
  .option('--verbose', 'a line for each request')
  .parse()
  .opts<Options>();

// Before Miniflare's own handlers, which exit with another code. It ends its workerd when this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
endWithNpm();

/** A folder of its own: `wrangler dev` may keep another store beside it. */
const folder = resolve(state, 'store');
mkdirSync(folder, { recursive: true });
const room = new DiskRoom(folder, join(folder, 'kept-for-a-full-disk'));
room.giveUpIfFull();
const lock = lockState(join(folder, 'lock'));
if (lock.type === 'taken') throw new CommandError(`${state} is in use by PID ${lock.byPid}`, EXIT_IN_USE);
if (lock.type === 'no-room') throw new CommandError(`the disk of ${state} is full`, EXIT_IN_USE);
await checkPort();

const url = await startServer({
  host,
  port,
  dataFolder: join(folder, 'data'),
  room,
  isVerbose: verbose === true,
});
console.log(`Flotilla listens on ${url.origin}, state in ${state}`);

/** npm passes most signals on; when it is killed, it cannot. Whoever starts this without npm may leave it running. */
function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) process.exit(0);
  }, PARENT_POLL_MS).unref();
}

/** Sooner and more clearly than workerd would say it. */
async function checkPort(): Promise<void> {
  if (port > PORT_MAX) throw new CommandError(`there is no port ${port}`);
  const probe = createServer().listen(port, host);
  await once(probe, 'listening').catch(({ code, message }) => {
    if (code === 'EADDRINUSE') throw new CommandError(`port ${port} of ${host} is in use`, EXIT_IN_USE);
    throw new CommandError(message);
  });
  probe.close();
}
