/**
 * What went wrong and did not stop the replica: a read that failed, a host whose callback throws, bytes in the log that
 * nobody can read. Counted for the status, noted in the trace, and told to the host, where an operator looks.
 */

import type { ReplicaTrace } from './replica-trace.ts';

export interface FaultStatus {
  readonly count: number;
  /** In words; undefined if there was none. */
  readonly last: string | undefined;
}

export class Faults {
  readonly #trace: ReplicaTrace | undefined;
  readonly #onFault: ((fault: string, error: unknown) => void) | undefined;
  #count = 0;
  #last: string | undefined;

  constructor(
    trace: ReplicaTrace | undefined,
    onFault: ((fault: string, error: unknown) => void) | undefined,
  ) {
    this.#trace = trace;
    this.#onFault = onFault;
  }

  get status(): FaultStatus {
    return { count: this.#count, last: this.#last };
  }

  note(fault: string, error: unknown): void {
    this.#count += 1;
    this.#last = `${fault}: ${describeError(error)}`;
    this.#trace?.says(`goes on after a fault of ${this.#last}`);
    try {
      this.#onFault?.(fault, error);
    } catch {
      // Nobody is left to tell: it is counted, and the status says what it was.
    }
  }

  /** For what is not the replica's own: an error of it is noted, and stays there. */
  attempt(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.note(what, error);
    }
  }
}

/** What is thrown may be anything, and may have no text. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${typeof error}`;
}
