import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs one of the scripts as its user would. */
export async function runScript(script: string, ...parameters: readonly string[]): Promise<CommandResult> {
  const running = spawn(process.execPath, [script, ...parameters], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(running.stdout), once(running, 'exit')]);
  return { code, output };
}
