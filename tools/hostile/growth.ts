/** What the server takes in memory and on disk, before and after. */

import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryWatch } from '../bench/process-memory.ts';

/** docs/operating.md states them. */
export const MEMORY_GROWTH_BYTES_MAX = 512 << 20;
export const DISK_GROWTH_BYTES_MAX = 512 << 20;

export interface GrowthOptions {
  readonly pid?: number | undefined;
  readonly state?: string | undefined;
}

export class Growth {
  readonly #memory: MemoryWatch | undefined;
  readonly #state: string | undefined;
  readonly #memoryBefore: number;
  readonly #diskBefore: number;

  constructor({ pid, state }: GrowthOptions) {
    this.#memory = pid === undefined ? undefined : new MemoryWatch(pid);
    this.#state = state;
    this.#memoryBefore = this.#memory?.nowBytes ?? 0;
    this.#diskBefore = this.#diskBytes();
  }

  /** What was watched, in lines, and what of it is too much. */
  stop(): { readonly lines: readonly string[]; readonly wrong: readonly string[] } {
    const peak = this.#memory?.takePeakBytes();
    this.#memory?.stop();
    const rows = [
      growth(
        'memory',
        peak === undefined ? undefined : peak - this.#memoryBefore,
        MEMORY_GROWTH_BYTES_MAX,
        '--pid',
      ),
      growth(
        'disk',
        this.#state === undefined ? undefined : this.#diskBytes() - this.#diskBefore,
        DISK_GROWTH_BYTES_MAX,
        '--state',
      ),
    ];
    return {
      lines: rows.map(({ line }) => line),
      wrong: rows.filter((row) => row.isWrong).map(({ line }) => line),
    };
  }

  #diskBytes(): number {
    if (this.#state === undefined) return 0;
    const sizes = globSync('**/*', { cwd: this.#state }).map((file) => sizeOf(join(this.#state ?? '', file)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

function growth(what: string, bytes: number | undefined, bytesMax: number, flag: string) {
  if (bytes === undefined)
    return { line: `${what}: not watched, since ${flag} was not given`, isWrong: false };
  const line = `${what}: grew by ${mib(bytes)} MiB at most, of ${mib(bytesMax)} that it may`;
  return { line, isWrong: bytes > bytesMax };
}

const mib = (bytes: number): string => (bytes / (1 << 20)).toFixed(0);

/** Journals come and go. */
function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}
