/** The payload of a log entry: the commands of one batch and the leader's clock. */

import { bytes, Codec, type Described, list, natural, tuple } from '../codec/index.ts';

const batch = tuple({ timeMs: natural, commands: list(bytes) });
export type Batch = Described<typeof batch>;

export const BATCH: Codec<Batch> = new Codec('a log entry', batch, 2);
