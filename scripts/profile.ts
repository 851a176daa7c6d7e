/**
 * Where the time of a put or a get goes, as a table in Markdown:
 *
 *     npm run profile [-- --operation put|get] [--clients 64] [--bytes 16] [--seconds 10]
 *
 * The profiler slows down what it looks at: shares count, and `npm run bench` measures.
 */

import { Option } from 'commander';
import { type ProfileOptions, profile, type TimeSpent } from '../tools/bench/profile.ts';
import { newCommand, wholeNumber } from '../tools/harness/command.ts';

const FUNCTIONS_MAX = 25;

interface Options extends Omit<ProfileOptions, 'valueBytes'> {
  readonly bytes: number;
}

const { bytes, ...options } = newCommand('profile')
  .description('shows where the time of an operation goes')
  .addOption(
    new Option('--operation <name>', 'what is asked for').choices(['put', 'get']).default('put' as const),
  )
  .option('--clients <number>', 'how many ask at once', wholeNumber(1), 64)
  .option('--bytes <number>', 'of each value', wholeNumber(1), 16)
  .option('--seconds <number>', 'how long', wholeNumber(1), 10)
  .parse()
  .opts<Options>();

const { operations, places, functions } = await profile({ ...options, valueBytes: bytes });
console.log(
  `${options.operation} of ${bytes} bytes, ${options.clients} clients: ${operations.toFixed(0)} operations\n`,
);
printTable('place', places);
printTable('function', functions.slice(0, FUNCTIONS_MAX));

function printTable(title: string, rows: readonly TimeSpent[]): void {
  const sum = places.reduce((total, { us }) => total + us, 0);
  console.log(`| ${title} | us per operation | share |\n| --- | ---: | ---: |`);
  for (const { name, us } of rows) {
    console.log(`| ${name} | ${us.toFixed(1)} | ${((100 * us) / sum).toFixed(1)} % |`);
  }
  console.log('');
}
