/** Bugs of the list that no mutant stands for, and why. */
export interface Inexpressible {
  readonly item: string;
  readonly bug: string;
  readonly reason: string;
}

export const INEXPRESSIBLE: readonly Inexpressible[] = [];
