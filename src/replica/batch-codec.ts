/** The payload of a log entry: the commands of one batch and the leader's clock. And how far the last one was executed. */

import { bytes, Codec, type Described, list, natural, naturalUpTo, tuple } from '../codec/index.ts';
import type { Index } from '../raft/index.ts';

/** No right clock comes so far, and what a state machine adds to a time stays exact. */
export const TIME_MS_MAX = 2 ** 48;

const batch = tuple({ timeMs: naturalUpTo(TIME_MS_MAX), commands: list(bytes) });
export type Batch = Described<typeof batch>;

export const BATCH: Codec<Batch> = new Codec('a log entry', batch, 2);

/**
 * A row of the state, while the entry after the applied index is executed in part: so many of its commands, from the
 * first, have had their effect on the other rows. It is a row so that it changes with them, on disk and in a snapshot.
 */
const executedPart = tuple({ index: naturalUpTo<Index>(Number.MAX_SAFE_INTEGER), commands: natural });
export type ExecutedPart = Described<typeof executedPart>;

export const EXECUTED_PART: Codec<ExecutedPart> = new Codec('a part of an entry', executedPart, 1);

/** No state machine has a row of this key. */
export const EXECUTED_PART_KEY = 'replica/executed-part';
