/** Whether the disk of an object takes more, and since when it does not: for the replica, for its status and the log. */

import type { DiskGauge } from './disk-gauge.ts';
import { fullDiskSinceMs } from './failures.ts';

/** Of `DISK_BYTES_MAX`. What is refused above the first is taken again below the second. */
const FULL_FROM = 0.8;
const ROOM_FROM = 0.78;
/**
 * To ask SQLite how much it holds takes statements. Where there is ample room, a second cannot fill it; where there is
 * none, it may be made at any moment.
 */
const MEASURE_EVERY_MS = { ample: 1000, scarce: 20, full: 0 } as const;
/** Many times what a disk takes in a second. */
const AMPLE_BYTES = 1 << 30;
/** At the limit a disk may be full and not full many times a minute. */
const LOG_PAUSE_MS = 60_000;

export interface DiskWatchOptions {
  readonly object: string;
  /** Pages in use; what was deleted counts as room. */
  readonly usedBytes: () => number;
  readonly bytesMax: number;
  readonly gauge: DiskGauge | undefined;
}

export class DiskWatch {
  readonly #options: DiskWatchOptions;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #usedBytes = 0;
  #since: string | undefined;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #isLogged = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** `keptBytes` of the object are in memory alone, and will have to be written. */
  shortage(keptBytes = 0): string | undefined {
    const nowMs = Date.now();
    if (nowMs - this.#measuredAtMs >= this.#measureEveryMs(keptBytes)) {
      this.#usedBytes = this.#options.usedBytes();
      this.#measuredAtMs = nowMs;
    }
    const reason = this.#reason(keptBytes);
    this.#note(reason, nowMs);
    return reason && `disk full since ${this.#since}: ${reason}; puts and appends are refused (507)`;
  }

  #measureEveryMs(keptBytes: number): number {
    if (this.#since !== undefined) return MEASURE_EVERY_MS.full;
    const { bytesMax, gauge } = this.#options;
    const leftBytes = FULL_FROM * bytesMax - this.#usedBytes - keptBytes;
    // On a disk that others fill as well, what is free of the own file is needed as it is now.
    return gauge === undefined && leftBytes >= AMPLE_BYTES ? MEASURE_EVERY_MS.ample : MEASURE_EVERY_MS.scarce;
  }

  #reason(keptBytes: number): string | undefined {
    const { object, bytesMax, gauge } = this.#options;
    const limit = bytesMax * (this.#since === undefined ? FULL_FROM : ROOM_FROM);
    const usedBytes = this.#usedBytes + keptBytes;
    if (usedBytes >= limit) return `the database holds ${usedBytes} of ${bytesMax} bytes`;
    const fullSinceMs = fullDiskSinceMs(object);
    if (fullSinceMs !== undefined) {
      return `SQLite had no room to write (SQLITE_FULL) at ${new Date(fullSinceMs).toISOString()}`;
    }
    return gauge?.shortage(this.#usedBytes, keptBytes, this.#since !== undefined);
  }

  #note(reason: string | undefined, nowMs: number): void {
    if ((reason === undefined) === (this.#since === undefined)) return;
    this.#since = reason && new Date(nowMs).toISOString();
    const { object } = this.#options;
    if (reason !== undefined && nowMs - this.#loggedAtMs >= LOG_PAUSE_MS) {
      console.warn(`${object} refuses puts and appends (507), since its disk is full: ${reason}`);
      this.#loggedAtMs = nowMs;
      this.#isLogged = true;
    } else if (reason === undefined && this.#isLogged) {
      console.warn(`${object} has room on its disk again`);
      this.#isLogged = false;
    }
  }
}
