/** The payload of a log entry: the commands of one batch and the leader's clock. */

import { bytes, Codec, type Described, list, naturalUpTo, tuple } from '../codec/index.ts';

/** No right clock comes so far, and what a state machine adds to a time stays exact. */
export const TIME_MS_MAX = 2 ** 48;

const batch = tuple({ timeMs: naturalUpTo(TIME_MS_MAX), commands: list(bytes) });
export type Batch = Described<typeof batch>;

export const BATCH: Codec<Batch> = new Codec('a log entry', batch, 2);
