/**
 * How far a long command is, and how long it will take: on standard error if that is a terminal, else nowhere. Results go
 * to standard output, above the bar.
 */

import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';

const CLEAR_LINE = '\r\u001b[K';
/** The estimate is made from so many steps. */
const ESTIMATE_STEPS = 100;

export class Progress {
  readonly #bar: SingleBar;
  readonly #stream: WriteStream;

  /** `what` is done `total` times. */
  constructor(what: string, total: number, stream: WriteStream = process.stderr) {
    this.#stream = stream;
    this.#bar = new SingleBar({
      stream,
      format: `${what} [{bar}] {value}/{total}, {eta_formatted} left`,
      barsize: 30,
      etaBuffer: ESTIMATE_STEPS,
      etaAsynchronousUpdate: true,
      clearOnComplete: true,
      // Else a command that is killed would leave the terminal without it.
      linewrap: true,
    });
    this.#bar.start(total, 0);
  }

  advance(steps = 1): void {
    this.#bar.increment(steps);
  }

  /** On standard output; the bar makes way. */
  print(line: string): void {
    if (this.#stream.isTTY) this.#stream.write(CLEAR_LINE);
    console.log(line);
  }

  stop(): void {
    this.#bar.stop();
  }
}
