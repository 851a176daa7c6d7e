import { encodeText } from '../../../../src/codec/index.ts';
import {
  type Assignment,
  type AttemptId,
  createJob,
  DEFAULT_JOB_OPTIONS,
  type JobAnswer,
  type JobInput,
  type JobOptions,
  type JobState,
  splitObjects,
  step,
} from '../../../../src/mapreduce/index.ts';

export function newJob(maps: number, reduceTasks: number, options: Partial<JobOptions> = {}): JobState {
  const objects = Array.from({ length: maps }, (_, index) => ({
    object: `input-${index}`,
    name: `input-${index}`,
    bytes: 10,
  }));
  const creation = createJob(
    {
      job: 'job',
      application: 'wc',
      arguments: {},
      splits: splitObjects(objects, 100),
      reduceTasks,
      options: { ...DEFAULT_JOB_OPTIONS, ...options },
    },
    0,
  );
  if (creation.type === 'refused') throw new Error(creation.reason);
  return creation.state;
}

/** A coordinator without a disk: a test tells it what happens, and looks at what it says. */
export class Coordinator {
  state: JobState;
  nowMs = 0;

  constructor(state: JobState) {
    this.state = state;
  }

  send(input: JobInput): JobAnswer {
    const after = step(this.state, input, this.nowMs);
    this.state = after.state;
    return after.answer;
  }

  ask(worker: string): Assignment {
    const answer = this.send({ type: 'ask', worker });
    if (answer.type !== 'assigned') throw new Error(`${worker} was told ${answer.type}`);
    return answer.assignment;
  }

  complete(worker: string, attempt: AttemptId): JobAnswer['type'] {
    const statistics = { inputBytes: 10, outputBytes: 5, outputRecords: 1 };
    const output = encodeText(`${attempt.kind}-${attempt.task}-${attempt.attempt}`);
    return this.send({ type: 'completed', worker, attempt, output, statistics }).type;
  }

  /** One worker executes tasks until `count` are done. */
  run(worker: string, count: number): void {
    for (let done = 0; done < count; done += 1) this.complete(worker, this.ask(worker).attempt);
  }
}
