import type { Shuffle } from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import { callWorker } from './objects.ts';

const TRIES_MAX = 3;
const RETRY_MS = 200;

/** Reads from the objects of other workers. Only one that is asked in vain several times is taken for gone. */
export function remoteShuffle(env: Env): Shuffle {
  return {
    fetch: async (request) => {
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        if (tries > 0) await scheduler.wait(RETRY_MS * tries);
        const reply = await callWorker(env, request.source.worker, { type: 'chunk', request });
        if (reply?.type === 'chunk') return reply.reply;
      }
      return { type: 'missing' };
    },
  };
}
