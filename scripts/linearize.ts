/**
 * Tells whether recorded histories are linearizable:
 *
 *     npm run linearize -- FILE… [--html OUT] [--time-limit SECONDS]
 *
 * docs/history-format.md says what the files hold, and what the exit codes mean.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import {
  type CheckResult,
  checkHistory,
  type HistoryFile,
  HistoryFormatError,
  type KeyValueInput,
  type KeyValueModel,
  type KeyValueOutput,
  type Picture,
  readHistory,
  renderHtml,
  type Value,
} from '../tools/checker/index.ts';
import { EXIT_MISUSED, fileProblem, isFileError, newCommand } from '../tools/harness/command.ts';

const EXIT_LINEARIZABLE = 0;
const EXIT_NOT_LINEARIZABLE = 1;
/** A search that hit a limit, a file that cannot be read, a misuse: standard error or the summary says which. */
const EXIT_NO_VERDICT = EXIT_MISUSED;

const TIME_LIMIT_SECONDS = 60;
const DESCRIPTION_LENGTH_MAX = 100;

type Result = CheckResult<KeyValueInput, KeyValueOutput>;
type KeyValuePicture = Picture<KeyValueInput, KeyValueOutput, Value>;

interface Options {
  readonly html?: string;
  readonly timeLimit: number;
}

const command = newCommand('linearize')
  .description('Tells whether recorded histories are linearizable.')
  .argument('<files...>', 'histories: JSON Lines, porcupine kv, or jepsen logs; the content tells which')
  .option('--html <out>', 'where to draw the histories that did not pass')
  .option(
    '--time-limit <seconds>',
    'for each file; a search that takes longer is "unknown"',
    parseSeconds,
    TIME_LIMIT_SECONDS,
  )
  .addHelpText(
    'after',
    '\nExit code: 0 all linearizable, 1 one is not, 2 one is unknown or could not be read, or bad usage.',
  )
  .parse();

process.exitCode = linearize(command.args, command.opts<Options>());

function linearize(files: readonly string[], { html, timeLimit }: Options): number {
  const codes = new Set<number>();
  const pictures: KeyValuePicture[] = [];
  for (const file of files) {
    const history = read(file);
    if (history === undefined) {
      codes.add(EXIT_NO_VERDICT);
      continue;
    }
    const startMs = performance.now();
    const limits = { timeLimitMs: timeLimit * 1000, nowMs: () => performance.now() };
    const result = checkHistory(history.operations, history.model, limits);
    console.log(summary(file, history, result, performance.now() - startMs));
    codes.add(exitCodeOf(result));
    pictures.push(...picturesOf(file, history.model, result));
  }
  if (html !== undefined && pictures.length > 0 && !write(html, renderHtml(pictures)))
    codes.add(EXIT_NO_VERDICT);
  const worstFirst = [EXIT_NOT_LINEARIZABLE, EXIT_NO_VERDICT];
  return worstFirst.find((code) => codes.has(code)) ?? EXIT_LINEARIZABLE;
}

function read(file: string): HistoryFile | undefined {
  try {
    return readHistory(file, readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof HistoryFormatError) complain(error.message);
    else complain(`${file}: ${reasonOf(error)}`);
    return undefined;
  }
}

function write(file: string, content: string): boolean {
  try {
    writeFileSync(file, content);
    return true;
  } catch (error) {
    complain(`${file}: ${reasonOf(error)}`);
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!isFileError(error)) throw error;
  return fileProblem(error);
}

function complain(message: string): void {
  console.error(`linearize: ${message}`);
}

function exitCodeOf({ verdict }: Result): number {
  switch (verdict) {
    case 'linearizable':
      return EXIT_LINEARIZABLE;
    case 'not linearizable':
      return EXIT_NOT_LINEARIZABLE;
    case 'unknown':
      return EXIT_NO_VERDICT;
  }
}

function picturesOf(
  source: string,
  model: KeyValueModel,
  { partitions }: Result,
): readonly KeyValuePicture[] {
  return partitions
    .filter(({ result }) => result.verdict !== 'linearizable')
    .map((partition) => ({ source, partition, model }));
}

function summary(
  file: string,
  { operations, model }: HistoryFile,
  result: Result,
  elapsedMs: number,
): string {
  const keys = `${result.partitionCount} ${result.partitionCount === 1 ? 'key' : 'keys'}`;
  const counts = `${operations.length} operations, ${keys}, ${elapsedMs.toFixed(1)} ms`;
  return `${file}: ${result.verdict} (${counts})${reason(result, model)}`;
}

function reason({ verdict, partitions }: Result, model: KeyValueModel): string {
  const culprit = partitions.find(({ result }) => result.verdict === verdict);
  if (culprit === undefined || culprit.result.verdict === 'linearizable') return '';
  const key = `key ${JSON.stringify(culprit.key)}`;
  if (culprit.result.verdict === 'unknown')
    return `; ${key}: the ${culprit.result.limit} limit ended the search`;
  const blocked = culprit.operations[culprit.result.blocked ?? -1];
  if (blocked === undefined) return `; ${key}`;
  const description = model.describe(blocked.input, blocked.output);
  const shown =
    description.length > DESCRIPTION_LENGTH_MAX
      ? `${description.slice(0, DESCRIPTION_LENGTH_MAX)}…`
      : description;
  return `; ${key}: ${shown} of client ${blocked.client} fits nowhere`;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new InvalidArgumentError('It must be a number above 0.');
  return seconds;
}
