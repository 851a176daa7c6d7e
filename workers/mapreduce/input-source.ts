import type { InputSource } from '../../src/mapreduce/index.ts';
import type { Env } from '../env.ts';
import type { Router } from '../router.ts';
import { readObject } from './bucket-input.ts';
import { scanSplit } from './store-input.ts';

/** A job reads the bucket or the store; which one, each split says. */
export function inputSource(env: Env, store: Router): InputSource {
  return {
    read: (name, start, end) => readObject(env.MAPREDUCE_BUCKET, name, start, end),
    scan: (split) => scanSplit(store, split),
  };
}
