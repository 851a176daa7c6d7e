export interface Violation {
  /** The invariant that does not hold. */
  readonly invariant: string;
  readonly message: string;
}

/** The first violation of a run, which ends it. */
export class Verdict {
  #violation: Violation | undefined;

  get violation(): Violation | undefined {
    return this.#violation;
  }

  fail(invariant: string, message: string): void {
    this.#violation ??= { invariant, message };
  }
}
