/** How the list of jobs is called: one object for a deployment. */
import { Codec, type Described, list, natural, optional, text, tuple, union } from '../../src/codec/index.ts';
import { catalogueEntry } from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { exchange, untilAnswered } from './calls.ts';

const CATALOGUE_NAME = 'catalogue';
const TRIES_MAX = 5;

export const CATALOGUE_CALL = new Codec(
  'a call of the catalogue',
  union({
    /** A job is entered before its coordinator hears of it, so that every job there is can be found. */
    enter: { job: text, application: text },
    /** A job has ended so. One that was removed stays so. */
    note: { entry: catalogueEntry },
    /** There is no such job. */
    drop: { job: text },
    list: { after: optional(text), jobsMax: natural },
  }),
  1,
);
export type CatalogueCall = Described<typeof CATALOGUE_CALL.shape>;

export const CATALOGUE_REPLY = new Codec(
  'the reply of the catalogue',
  union({
    done: {},
    full: { runningMax: natural },
    /** The latest come first. `after` names the last one if there are more. */
    jobs: { jobs: list(catalogueEntry), after: optional(text) },
  }),
  1,
);
export type CatalogueReply = Described<typeof CATALOGUE_REPLY.shape>;

export const CATALOGUE_ROW = new Codec('an entry of the catalogue', tuple({ entry: catalogueEntry }), 1);

/** Each of these calls may be made twice. Undefined: it cannot be reached. */
export function callCatalogue(env: Env, call: CatalogueCall): Promise<CatalogueReply | undefined> {
  const body = CATALOGUE_CALL.encode(call);
  return untilAnswered(
    () => exchange(env.MAPREDUCE_CATALOGUE, CATALOGUE_NAME, body, CATALOGUE_REPLY),
    TRIES_MAX,
  );
}
