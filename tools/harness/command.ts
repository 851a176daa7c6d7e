/**
 * What all commands have in common: what a user got wrong is told in one line on standard error, and exits with 2. A
 * stack trace is for those who have to mend the command.
 */

import { getSystemErrorMessage } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';

export const EXIT_FAILED = 1;
export const EXIT_MISUSED = 2;

/** One line for the user; not a bug of the command. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = EXIT_MISUSED) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A command that ends like all others. */
export function newCommand(name: string): Command {
  process.on('uncaughtException', (error) => {
    const known = explain(error);
    if (known === undefined) console.error(error);
    else console.error(`${name}: ${known.message}`);
    process.exit(known?.exitCode ?? EXIT_FAILED);
  });
  return new Command(name).exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_MISUSED));
}

/** For an option or an argument. */
export function wholeNumber(min = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`It must be a whole number from ${min} on.`);
    return value;
  };
}

function explain(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error;
  if (!isFileError(error)) return undefined;
  const problem = fileProblem(error);
  return new CommandError(error.path === undefined ? problem : `${error.path}: ${problem}`);
}

interface FileError {
  readonly errno: number;
  readonly path?: string;
}

/** What the system says, such as "no such file or directory". */
export function fileProblem({ errno }: FileError): string {
  return getSystemErrorMessage(errno) ?? `system error ${errno}`;
}

export function isFileError(error: unknown): error is FileError {
  if (!(error instanceof Error) || !('errno' in error) || !('syscall' in error)) return false;
  return ['open', 'read', 'write', 'mkdir', 'scandir', 'stat', 'access'].includes(String(error.syscall));
}
