/** Where a job's output goes, as the worker of a task and the coordinator see it. */

import type { AttemptId, OutputSink, PublishOrder } from '../../src/mapreduce/index.ts';
import type { Published } from './publisher.ts';

/** The worker's side. */
export interface TaskOutput {
  open(attempt: AttemptId): OutputSink;
  /** For an attempt that finished and was not chosen; `output` is what its sink said. */
  discard(attempt: AttemptId, output: string): Promise<void>;
}

/** The coordinator's side. */
export interface JobOutput {
  publish(order: PublishOrder): Promise<Published>;
  /** The job came to nothing: removes what was published, as far as nobody can have seen it. */
  clear(reduceTasks: number): Promise<void>;
}
