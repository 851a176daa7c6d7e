import { anonymousBytes, processTree } from './process-tree.ts';

const SAMPLE_MS = 20;

/** Watches the memory of a process, and of those that it started, that nothing else can take. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  get nowBytes(): number {
    return processTree(this.#pid).reduce((sum, pid) => sum + anonymousBytes(pid), 0);
  }

  /** The most since the last call. */
  takePeakBytes(): number {
    this.#sample();
    const peakBytes = this.#peakBytes;
    this.#peakBytes = 0;
    return peakBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.nowBytes);
  }
}
