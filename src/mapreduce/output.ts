import { encodeLooseText } from '../codec/index.ts';
import { HopelessError } from './application.ts';

/**
 * Where one attempt of a reduce task writes. Nothing of it may be seen under its final name before the coordinator
 * has chosen this attempt and ordered it published (MapReduce §3.3 relies on an atomic rename in the same way).
 */
export interface OutputSink {
  write(key: string, value: string): Promise<void> | void;
  /** Everything is stored. Says where, in words that the host's publisher understands. */
  finish(): Promise<Uint8Array>;
  /** Frees what was stored; also for an attempt that was superseded after `finish`. */
  discard(): Promise<void>;
}

/** The lab's format of one call of `reduce`. */
export function formatLine(key: string, value: string): string {
  return `${key} ${value}\n`;
}

/** The same for a file of lines, in which a line feed would make two calls of one. */
function wholeLine(key: string, value: string): string {
  if (key.includes('\n') || value.includes('\n'))
    throw new HopelessError(`the output of key ${JSON.stringify(key.slice(0, 200))} has a line feed in it`);
  return formatLine(key, value);
}

/** `mr-out-X`, as the lab names the output of reduce task X. */
export function outputName(reduce: number): string {
  return `mr-out-${reduce}`;
}

/**
 * Lines as blocks of exactly `blockBytes`, the last one excepted: what a multipart upload wants. Memory: one block.
 */
export class LineBlocks {
  readonly #write: (block: Uint8Array) => Promise<void>;
  readonly #block: Uint8Array;
  #used = 0;
  bytes = 0;

  constructor(blockBytes: number, write: (block: Uint8Array) => Promise<void>) {
    this.#write = write;
    this.#block = new Uint8Array(blockBytes);
  }

  async append(key: string, value: string): Promise<void> {
    let line = encodeLooseText(wholeLine(key, value));
    this.bytes += line.length;
    while (line.length > 0) {
      const part = line.subarray(0, this.#block.length - this.#used);
      this.#block.set(part, this.#used);
      this.#used += part.length;
      line = line.subarray(part.length);
      if (this.#used === this.#block.length) await this.flush();
    }
  }

  /** Writes the last block, if there is something in it. */
  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const block = this.#block.slice(0, this.#used);
    this.#used = 0;
    await this.#write(block);
  }
}
