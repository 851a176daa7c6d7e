import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 20;

/**
 * Watches the memory of a process, and of those that it started, that nothing else can take: neither files nor what they
 * are mapped to. Linux only.
 */
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

function processTree(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** Each thread has started its own. */
function childrenOf(pid: number): readonly number[] {
  const threads = `/proc/${pid}/task`;
  return orNone(() =>
    readdirSync(threads).flatMap((thread) =>
      orNone(() =>
        readFileSync(`${threads}/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
      ),
    ),
  );
}

/** A process that has ended meanwhile has none. */
function orNone(read: () => readonly number[]): readonly number[] {
  try {
    return read();
  } catch {
    return [];
  }
}

function anonymousBytes(pid: number): number {
  const [bytes = 0] = orNone(() => {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? [] : [Number(kilobytes) * 1024];
  });
  return bytes;
}
