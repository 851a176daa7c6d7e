/**
 * What runs have measured. A run replaces the parts that it measures and leaves the others, each with its own
 * circumstances, so that what takes long need not be measured each time.
 */

import type { CatchUp } from './catch-up.ts';
import type { Circumstances } from './circumstances.ts';
import type { Comparison } from './figures.ts';
import type { SizeFigures } from './growth.ts';

export interface Part<Figures> {
  readonly circumstances: Circumstances;
  readonly figures: Figures;
}

export interface Crashes {
  /** The longest time without an acknowledgement around each crash of a leader. */
  readonly gapsMs: readonly number[];
  readonly electionTimeoutMs: number;
  readonly clients: number;
}

export interface Growth {
  readonly sizes: readonly SizeFigures[];
  readonly catchUps: readonly CatchUp[];
  /** Why rounds were taken again. */
  readonly refused: readonly string[];
}

/** What one put takes, of all replicas and the router: counted in virtual time, so the same on every machine. */
export interface PutCount {
  readonly clients: number;
  /** A new key with each put, or always the same. */
  readonly hasNewKeys: boolean;
  readonly billedRows: number;
  readonly calls: number;
}

export interface Results {
  readonly counts?: Part<readonly PutCount[]>;
  readonly comparison?: Part<Comparison>;
  readonly crashes?: Part<Crashes>;
  readonly growth?: Part<Growth>;
}
