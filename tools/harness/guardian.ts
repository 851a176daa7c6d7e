/**
 * Ends what this process has started when this process is gone, in whatever way: by any signal, and by SIGKILL too, when
 * no handler runs. A shell outside of the terminal's process group reads what only this process can write; when that
 * ends, it kills and removes what was left.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { basename } from 'node:path';

/** The last line that was read is what to kill, as `kill` takes it; the argument is a folder. Both may be empty. */
const GUARD = `
trap '' HUP INT TERM
victim=
while read -r line; do victim=$line; done
if [ -n "$victim" ]; then kill -s KILL -- "$victim" && sleep 0.1; fi
if [ -n "$1" ]; then rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }; fi`;

export class Guardian {
  readonly #input: Socket;

  /** `directory` is removed at the end. */
  constructor(directory = '') {
    const guard = spawn('/bin/sh', ['-c', GUARD, 'guardian', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    guard.unref();
    this.#input = guard.stdin as Socket;
    this.#input.unref();
    // If somebody has killed the guardian, nothing is guarded; that is no reason to fail.
    this.#input.on('error', () => {});
  }

  /** Until the process ends; only the last one is watched. With `isGroup`, all of its process group goes. */
  watch(child: ChildProcess, { isGroup = false } = {}): void {
    if (child.pid === undefined) return;
    this.#input.write(`${isGroup ? -child.pid : child.pid}\n`);
    child.once('exit', () => this.#input.write('\n'));
  }

  /** Ends and removes at once. */
  release(): void {
    this.#input.end();
  }
}

/** Guards every workerd that this process will start, whoever starts it: Miniflare does not say which it has started. */
export function guardEachWorkerd(): void {
  subscribe('child_process', (message) => {
    const child = (message as { readonly process: ChildProcess }).process;
    child.once('spawn', () => {
      if (!basename(child.spawnfile).startsWith('workerd')) return;
      const guardian = new Guardian();
      guardian.watch(child);
      child.once('exit', () => guardian.release());
    });
  });
}
