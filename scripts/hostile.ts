/**
 * Tries to break a cluster that runs, from outside:
 *
 *     npm run hostile -- URL [--seconds 10] [--seed NUMBER] [--pid PID] [--state FOLDER]
 *
 * Exits with 0 if all was answered as documented and nothing was lost, else with 1; with 2 if it was misused.
 * docs/testing.md tells what it tries.
 */

import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { Progress } from '../tools/harness/progress.ts';
import { CASES, runHostile } from '../tools/hostile/hostile-run.ts';

const SEEDS = 2 ** 31;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly pid?: number;
  readonly state?: string;
}

const command = newCommand('hostile')
  .description('tries to break a cluster that runs')
  .argument('<url>', 'where it listens')
  .option('--seconds <number>', 'how long cases of chance go on', wholeNumber(), 10)
  .option('--seed <number>', 'chooses them', wholeNumber(), Math.floor(Math.random() * SEEDS))
  .option('--pid <pid>', 'its process, whose memory is watched with all that it has started', wholeNumber(1))
  .option('--state <folder>', 'its state folder, whose size is watched')
  .parse();
const { seconds, seed, pid, state } = command.opts<Options>();
const url = URL.parse(command.args[0] ?? '');
if (url?.protocol !== 'http:') throw new CommandError(`${command.args[0]} is no URL that begins with http:`);
const answer = await fetch(url).catch(() => undefined);
await answer?.body?.cancel();
if (answer === undefined) throw new CommandError(`nothing answers at ${url.origin}`);

console.log(`seed ${seed}`);
const progress = new Progress('cases', CASES);
const { lines, wrong } = await runHostile({
  url: url.origin,
  seed,
  seconds,
  pid,
  state,
  onCase: () => progress.advance(),
});
progress.stop();
for (const line of lines) console.log(line);
for (const line of wrong) console.log(`WRONG: ${line}`);
console.log(wrong.length === 0 ? 'nothing wrong' : `${wrong.length} things wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
