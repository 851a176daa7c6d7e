import type { Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { BucketOutput } from './bucket-output.ts';
import { callWorker } from './objects.ts';
import type { OutputPlace } from './plan.ts';
import { RowOutput } from './row-output.ts';
import type { JobOutput, TaskOutput } from './task-output.ts';

export function taskOutput(env: Env, disk: Table, job: string, place: OutputPlace): TaskOutput {
  return place.type === 'bucket'
    ? new BucketOutput(env.MAPREDUCE_BUCKET, job)
    : new RowOutput(disk, place.prefix);
}

export function jobOutput(env: Env, job: string, place: OutputPlace): JobOutput {
  if (place.type === 'bucket') return new BucketOutput(env.MAPREDUCE_BUCKET, job);
  return {
    // The rows wait on the disk of the worker that made them.
    publish: async (order) => {
      const reply = await callWorker(env, order.worker, { type: 'publish', order, prefix: place.prefix });
      return reply?.type === 'published' ? reply.outcome : 'failed';
    },
    // The store has shown them to its readers.
    clear: async () => {},
  };
}
