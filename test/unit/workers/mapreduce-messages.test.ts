import { expect, test } from 'vitest';
import { encodeText } from '../../../src/codec/index.ts';
import { createJob, DEFAULT_JOB_OPTIONS, progressOf, step } from '../../../src/mapreduce/index.ts';
import {
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  type CoordinatorCall,
  type CoordinatorReply,
  WORKER_CALL,
  WORKER_REPLY,
  type WorkerCall,
  type WorkerReply,
} from '../../../workers/mapreduce/codecs.ts';

const PLAN = { workers: 2, output: { type: 'store', prefix: 'counts/' } } as const;
const ATTEMPT = { kind: 'reduce', task: 1, attempt: 3 } as const;
const SPEC = {
  job: 'job',
  application: 'grep',
  arguments: { pattern: '\ufeffx' },
  splits: [
    { type: 'text', object: 'inputs/é', name: 'é', start: 0, end: 5, objectBytes: 9 },
    { type: 'keys', prefix: 'texts/', shard: 4 },
  ],
  reduceTasks: 2,
  options: DEFAULT_JOB_OPTIONS,
} as const;

const creation = createJob(SPEC, 5);
if (creation.type === 'refused') throw new Error(creation.reason);
const { splits: _, ...TERMS } = SPEC;
const SUMMARY = { spec: TERMS, plan: PLAN, createdMs: 5, progress: progressOf(creation.state, 7) };
const STATISTICS = { inputBytes: 1, outputBytes: 2, outputRecords: 3 };
const SOURCE = { map: 0, attempt: 1, worker: 'job/worker-1' };

const CALLS: readonly CoordinatorCall[] = [
  { type: 'create', spec: SPEC, plan: PLAN },
  { type: 'step', input: { type: 'ask', worker: 'w' } },
  {
    type: 'step',
    input: {
      type: 'completed',
      worker: 'w',
      attempt: ATTEMPT,
      output: encodeText('here'),
      statistics: STATISTICS,
    },
  },
  {
    type: 'step',
    input: { type: 'sources-missing', worker: 'w', attempt: ATTEMPT, sources: [{ map: 0, attempt: 1 }] },
  },
  { type: 'cancel' },
  { type: 'plan' },
];

const REPLIES: readonly CoordinatorReply[] = [
  { type: 'refused', reason: 'no-input' },
  { type: 'answer', answer: step(creation.state, { type: 'ask', worker: 'w' }, 6).answer },
  { type: 'status', summary: SUMMARY },
  { type: 'plan', plan: PLAN },
];

const WORKER_CALLS: readonly WorkerCall[] = [
  { type: 'work' },
  { type: 'chunk', request: { job: 'job', source: SOURCE, partition: 1, chunk: 0 } },
  { type: 'publish', order: { reduce: 1, attempt: 3, output: encodeText('here'), worker: 'w' } },
];

const WORKER_REPLIES: readonly WorkerReply[] = [
  { type: 'chunk', reply: { type: 'chunk', bytes: Uint8Array.of(1), last: true } },
  { type: 'published', outcome: 'working' },
];

test('every message arrives as it was sent', () => {
  for (const call of CALLS) expect(COORDINATOR_CALL.decode(COORDINATOR_CALL.encode(call))).toEqual(call);
  for (const reply of REPLIES)
    expect(COORDINATOR_REPLY.decode(COORDINATOR_REPLY.encode(reply))).toEqual(reply);
  for (const call of WORKER_CALLS) expect(WORKER_CALL.decode(WORKER_CALL.encode(call))).toEqual(call);
  for (const reply of WORKER_REPLIES) expect(WORKER_REPLY.decode(WORKER_REPLY.encode(reply))).toEqual(reply);
});

test('a summary leaves the splits at home, however they came in', () => {
  const reply = { type: 'status', summary: { ...SUMMARY, spec: SPEC } } as const;
  expect(COORDINATOR_REPLY.decode(COORDINATOR_REPLY.encode(reply))).toEqual({
    type: 'status',
    summary: SUMMARY,
  });
});

test('a message of another version, cut short or with something added is not understood', () => {
  for (const bytes of CALLS.map((call) => COORDINATOR_CALL.encode(call))) {
    expect(COORDINATOR_CALL.tryDecode(Uint8Array.of(1, ...bytes.subarray(1)))).toBeUndefined();
    expect(COORDINATOR_CALL.tryDecode(Uint8Array.of(...bytes, 0))).toBeUndefined();
    for (let length = 0; length < bytes.length; length += 1)
      expect(COORDINATOR_CALL.tryDecode(bytes.subarray(0, length))).toBeUndefined();
  }
});
