import { describe, expect, test } from 'vitest';
import { encodeText } from '../../../src/codec/index.ts';
import {
  createJob,
  DEFAULT_JOB_OPTIONS,
  JOB_LIMITS,
  type JobSpec,
  nextExpiryMs,
  progressOf,
  publishOrders,
} from '../../../src/mapreduce/index.ts';
import { endedBadly } from '../../../src/mapreduce/task.ts';
import { Coordinator, newJob } from './support/jobs.ts';

const { taskTimeoutMs, backupAfterMs } = DEFAULT_JOB_OPTIONS;
const map = (task: number, attempt: number) => ({ kind: 'map', task, attempt }) as const;
const reduce = (task: number, attempt: number) => ({ kind: 'reduce', task, attempt }) as const;

describe('a job that is created', () => {
  const spec: JobSpec = { ...newJob(1, 1).spec };

  test.each([
    [{ ...spec, splits: [] }, 'no-input'],
    [{ ...spec, reduceTasks: 0 }, 'reduce-tasks-out-of-range'],
    [{ ...spec, reduceTasks: JOB_LIMITS.reduceTasksMax + 1 }, 'reduce-tasks-out-of-range'],
    [{ ...spec, reduceTasks: 1.5 }, 'reduce-tasks-out-of-range'],
    [{ ...spec, job: 'a/b' }, 'bad-job-name'],
    [{ ...spec, arguments: { pattern: 'é'.repeat(2_048) } }, 'arguments-too-large'],
    [
      { ...spec, splits: Array.from({ length: JOB_LIMITS.mapTasksMax + 1 }, () => spec.splits).flat() },
      'too-many-map-tasks',
    ],
  ] as const)('is refused when it asks for what is not allowed (%#)', (wrong, reason) => {
    expect(createJob(wrong, 0)).toEqual({ type: 'refused', reason });
  });

  test('may have the largest number of reduce tasks', () => {
    expect(createJob({ ...spec, reduceTasks: JOB_LIMITS.reduceTasksMax }, 0).type).toBe('created');
  });
});

describe('tasks are given out', () => {
  test('in order, each once, and reduces only when all maps are completed', () => {
    const job = new Coordinator(newJob(2, 1));
    const first = job.ask('w1');
    const second = job.ask('w2');
    expect([first.attempt, second.attempt]).toEqual([map(0, 1), map(1, 1)]);
    expect(job.complete('w1', first.attempt)).toBe('accepted');
    expect(job.send({ type: 'ask', worker: 'w1' }).type).toBe('wait');
    job.complete('w2', second.attempt);
    const third = job.ask('w1');
    expect(third).toMatchObject({
      attempt: reduce(0, 1),
      sources: [
        { map: 0, attempt: 1, worker: 'w1' },
        { map: 1, attempt: 1, worker: 'w2' },
      ],
    });
  });

  test('a task out for less than its time-out is not given to another, whoever asks', () => {
    const job = new Coordinator(newJob(1, 1));
    job.ask('w1');
    job.nowMs = taskTimeoutMs - 1;
    expect(job.send({ type: 'ask', worker: 'w2' })).toEqual({ type: 'wait', retryAfterMs: 1 });
    job.nowMs = taskTimeoutMs;
    expect(job.ask('w2').attempt).toEqual(map(0, 2));
  });

  test('progress keeps an attempt from timing out', () => {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('w1');
    job.nowMs = taskTimeoutMs - 1;
    expect(job.send({ type: 'progress', worker: 'w1', attempt }).type).toBe('continue');
    expect(nextExpiryMs(job.state)).toBe(2 * taskTimeoutMs - 1);
    job.nowMs = taskTimeoutMs + 1;
    expect(job.send({ type: 'ask', worker: 'w2' }).type).toBe('wait');
  });

  test('a worker that asks while it has a task has started anew: the task is given out again at once', () => {
    const job = new Coordinator(newJob(1, 1));
    job.ask('w1');
    expect(job.ask('w1').attempt).toEqual(map(0, 2));
  });
});

describe('a backup', () => {
  function late(): Coordinator {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('slow');
    for (const atMs of [taskTimeoutMs - 1, backupAfterMs - 1]) {
      job.nowMs = atMs;
      job.send({ type: 'progress', worker: 'slow', attempt });
    }
    return job;
  }

  test('is given only after a long time, once, and to another worker', () => {
    const job = late();
    expect(job.send({ type: 'ask', worker: 'w2' }).type).toBe('wait');
    job.nowMs = backupAfterMs;
    expect(job.ask('w2').attempt).toEqual(map(0, 2));
    expect(job.send({ type: 'ask', worker: 'w3' }).type).toBe('wait');
  });

  test('is not given while there are idle tasks', () => {
    const job = new Coordinator(newJob(2, 1, { taskTimeoutMs: 60_000 }));
    job.ask('slow');
    job.nowMs = backupAfterMs;
    expect(job.ask('w2').attempt).toEqual(map(1, 1));
    expect(job.ask('w3').attempt).toEqual(map(0, 2));
  });

  test('that completes first wins, and the other is told to stop', () => {
    const job = late();
    job.nowMs = backupAfterMs;
    const backup = job.ask('w2');
    expect(job.complete('w2', backup.attempt)).toBe('accepted');
    expect(job.send({ type: 'progress', worker: 'slow', attempt: map(0, 1) }).type).toBe('abandon');
    expect(job.complete('slow', map(0, 1))).toBe('superseded');
  });
});

describe('a report', () => {
  test('that comes twice gets the same answer and changes nothing', () => {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('w1');
    expect(job.complete('w1', attempt)).toBe('accepted');
    const { state } = job;
    expect(job.complete('w1', attempt)).toBe('accepted');
    expect(job.state).toBe(state);
  });

  test('of an attempt that timed out still counts if it is the first', () => {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('w1');
    job.nowMs = taskTimeoutMs;
    const again = job.ask('w2');
    expect(job.complete('w1', attempt)).toBe('accepted');
    expect(job.complete('w2', again.attempt)).toBe('superseded');
  });

  test('of an attempt that was never given out counts for nothing', () => {
    const job = new Coordinator(newJob(1, 1));
    const { state } = job;
    for (const attempt of [map(0, 1), map(0, 0), map(7, 1), reduce(0, 1)]) {
      expect(job.complete('w1', attempt)).toBe('superseded');
    }
    expect(job.state).toBe(state);
  });

  test('that an attempt failed gives the task out again, and a late one of this kind changes nothing', () => {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('w1');
    job.send({ type: 'failed', worker: 'w1', attempt, reason: 'no', hopeless: false });
    expect(job.ask('w1').attempt).toEqual(map(0, 2));
    const { state } = job;
    job.send({ type: 'failed', worker: 'w1', attempt, reason: 'no', hopeless: false });
    expect(job.state).toBe(state);
  });
});

describe('a map output that is lost', () => {
  function lost(): Coordinator {
    const job = new Coordinator(newJob(2, 2));
    job.run('mapper', 2);
    const { attempt } = job.ask('w1');
    job.ask('w2');
    const sources = [{ map: 1, attempt: 1 }];
    job.send({ type: 'sources-missing', worker: 'w1', attempt, sources });
    return job;
  }

  test('is made again by a new attempt, while reduce tasks wait', () => {
    const job = lost();
    const again = job.ask('w1');
    expect(again.attempt).toEqual(map(1, 2));
    expect(job.send({ type: 'ask', worker: 'w3' }).type).toBe('wait');
    job.complete('w1', again.attempt);
    expect(job.ask('w3')).toMatchObject({
      attempt: reduce(0, 2),
      sources: [
        { map: 0, attempt: 1 },
        { map: 1, attempt: 2, worker: 'w1' },
      ],
    });
  });

  test('cannot come back by an old report', () => {
    const job = lost();
    expect(job.complete('mapper', map(1, 1))).toBe('superseded');
    expect(job.ask('w1').attempt).toEqual(map(1, 2));
  });

  test('is noticed once: a second reduce task that misses the same attempt does not repeat the new one', () => {
    const job = lost();
    job.run('w1', 1);
    job.send({
      type: 'sources-missing',
      worker: 'w2',
      attempt: reduce(1, 1),
      sources: [{ map: 1, attempt: 1 }],
    });
    expect(progressOf(job.state, 0)).toMatchObject({ maps: { completed: 2 }, reduces: { idle: 2 } });
  });

  test('is nobody else’s failure: the reduce task that missed it is not charged', () => {
    const job = lost();
    expect(job.state.reduces.map(endedBadly)).toEqual([0, 0]);
    expect(job.state.maps.map(endedBadly)).toEqual([0, 1]);
  });
});

describe('the end', () => {
  test('comes when every output has been published under its name', () => {
    const job = new Coordinator(newJob(1, 2));
    job.run('w1', 3);
    expect(publishOrders(job.state)).toEqual([
      { reduce: 0, attempt: 1, output: encodeText('reduce-0-1'), worker: 'w1' },
      { reduce: 1, attempt: 1, output: encodeText('reduce-1-1'), worker: 'w1' },
    ]);
    expect(job.send({ type: 'ask', worker: 'w1' }).type).toBe('wait');
    job.nowMs = 7;
    for (const task of [0, 1]) job.send({ type: 'published', reduce: task, attempt: 1 });
    expect(job.state.status).toEqual({ type: 'succeeded', endedMs: 7 });
    expect(job.send({ type: 'ask', worker: 'w1' })).toEqual({ type: 'ended', outcome: 'succeeded' });
    expect(publishOrders(job.state)).toEqual([]);
  });

  test('is not reached by an output that cannot be published: the reduce task runs again', () => {
    const job = new Coordinator(newJob(1, 1));
    job.run('w1', 2);
    job.send({ type: 'unpublishable', reduce: 0, attempt: 1 });
    expect(publishOrders(job.state)).toEqual([]);
    job.send({ type: 'published', reduce: 0, attempt: 1 });
    expect(job.state.status.type).toBe('running');
    expect(job.ask('w1').attempt).toEqual(reduce(0, 2));
  });

  test('is a failure with its reason when one task has failed too often', () => {
    const job = new Coordinator(newJob(1, 1, { attemptsMax: 3 }));
    for (let failure = 0; failure < 3; failure += 1) {
      const { attempt } = job.ask('w1');
      job.send({ type: 'failed', worker: 'w1', attempt, reason: `bad word ${failure}`, hopeless: false });
    }
    expect(job.state.status).toMatchObject({
      type: 'failed',
      reason: 'map task 0 failed 3 times, at last: bad word 2',
    });
  });

  test('is a failure at the first attempt of which its worker says that no other would do better', () => {
    const job = new Coordinator(newJob(2, 1));
    const { attempt } = job.ask('w1');
    const other = job.ask('w2').attempt;
    job.send({ type: 'failed', worker: 'w1', attempt, reason: 'a.txt, offset 7', hopeless: true });
    expect(job.state.status).toMatchObject({
      type: 'failed',
      reason: 'map task 0 failed: a.txt, offset 7',
    });
    expect(progressOf(job.state, 0)).toMatchObject({ failures: 1 });
    expect(job.complete('w2', other)).toBe('superseded');
  });

  test('is a failure after so many attempts of which nothing was ever heard', () => {
    const job = new Coordinator(newJob(1, 1, { attemptsMax: 3 }));
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      // What is on the disk before the worker hears of the attempt already counts it.
      expect(job.ask('w1').attempt).toEqual(map(0, attempt));
      expect(job.state.maps[0]?.failures).toBe(attempt);
    }
    expect(job.send({ type: 'ask', worker: 'w1' })).toEqual({ type: 'ended', outcome: 'failed' });
    expect(job.state.status).toMatchObject({
      reason: 'map task 0 failed 3 times, at last: worker w1 started anew',
    });
  });

  test('counts no attempt that another one made superfluous', () => {
    const job = new Coordinator(newJob(1, 1));
    const first = job.ask('w1').attempt;
    for (job.nowMs = 5_000; job.nowMs < backupAfterMs; job.nowMs += 5_000)
      job.send({ type: 'progress', worker: 'w1', attempt: first });
    expect(job.ask('w2').attempt).toEqual(map(0, 2));
    job.complete('w1', first);
    expect(progressOf(job.state, 0)).toMatchObject({ attempts: 2, failures: 0 });
  });

  test('by cancelling stops every worker, and nothing that comes later changes the job', () => {
    const job = new Coordinator(newJob(1, 1));
    const { attempt } = job.ask('w1');
    job.send({ type: 'cancel' });
    const { state } = job;
    expect(job.send({ type: 'progress', worker: 'w1', attempt }).type).toBe('abandon');
    expect(job.complete('w1', attempt)).toBe('superseded');
    expect(job.send({ type: 'ask', worker: 'w1' })).toEqual({ type: 'ended', outcome: 'cancelled' });
    job.nowMs = 1_000_000;
    job.send({ type: 'tick' });
    expect(job.state).toBe(state);
    expect(nextExpiryMs(state)).toBeUndefined();
  });
});

test('progress tells tasks, attempts, failures, bytes and time', () => {
  const job = new Coordinator(newJob(2, 1));
  job.run('w1', 1);
  const { attempt } = job.ask('w1');
  job.send({ type: 'failed', worker: 'w1', attempt, reason: 'no', hopeless: false });
  job.ask('w1');
  expect(progressOf(job.state, 1_500)).toEqual({
    status: { type: 'running' },
    phase: 'map',
    maps: { total: 2, idle: 0, inProgress: 1, completed: 1 },
    reduces: { total: 1, idle: 1, inProgress: 0, completed: 0 },
    attempts: 3,
    failures: 1,
    inputBytes: 10,
    intermediateBytes: 5,
    outputBytes: 0,
    elapsedMs: 1_500,
  });
});
