/** Where a job's output goes, as the worker of a task and the coordinator see it. */
import type { AttemptId, OutputSink, PublishOrder } from '../../src/mapreduce/index.ts';
import type { Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { BucketOutput } from './bucket-output.ts';
import type { OutputPlace, PublishOutcome } from './codecs.ts';
import { callWorker } from './objects.ts';
import { RowOutput } from './row-output.ts';

/** The worker's side. */
export interface TaskOutput {
  open(attempt: AttemptId): OutputSink;
  /** For an attempt that finished and was not chosen; `output` is what its sink said. */
  discard(attempt: AttemptId, output: Uint8Array): Promise<void>;
}

export function taskOutput(env: Env, disk: Table, job: string, place: OutputPlace): TaskOutput {
  return place.type === 'bucket'
    ? new BucketOutput(env.MAPREDUCE_BUCKET, job)
    : new RowOutput(disk, place.prefix);
}

/** The coordinator's side. */
export interface JobOutput {
  publish(order: PublishOrder): Promise<PublishOutcome>;
  /** The job came to nothing: removes what was published, as far as nobody can have seen it. */
  clear(reduceTasks: number): Promise<void>;
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
