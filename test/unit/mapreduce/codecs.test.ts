import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Codec, encodeText, natural, tuple } from '../../../src/codec/index.ts';
import { JOB_ROW, SPLIT_ROW, TASK_ROW } from '../../../src/mapreduce/job-rows.ts';
import { MANIFEST_ROW } from '../../../src/mapreduce/runs.ts';
import {
  BUCKET_RECEIPT,
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  PLAN_ROW,
  ROW_RECEIPT,
  WORKER_CALL,
  WORKER_REPLY,
} from '../../../workers/mapreduce/codecs.ts';
import { newJob } from './support/jobs.ts';

const CODECS = [
  COORDINATOR_CALL,
  COORDINATOR_REPLY,
  WORKER_CALL,
  WORKER_REPLY,
  JOB_ROW,
  SPLIT_ROW,
  TASK_ROW,
  MANIFEST_ROW,
  PLAN_ROW,
  BUCKET_RECEIPT,
  ROW_RECEIPT,
] as readonly Codec<unknown>[];

test.each(CODECS.map((codec) => [codec.what, codec]))(
  '%s: made-up bytes are taken only as they are written',
  (_, codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (rest) => {
        const made = Uint8Array.of(2, ...rest);
        const value = codec.tryDecode(made);
        if (value !== undefined) expect(codec.encode(value)).toEqual(made);
      }),
      { numRuns: 300 },
    );
  },
);

describe('a message between the objects of a job', () => {
  const { spec } = newJob(3, 2, {});
  const create = { type: 'create', spec, plan: { workers: 4, output: { type: 'bucket' } } } as const;
  const bytes = COORDINATOR_CALL.encode(create);

  test('arrives as it was sent', () => {
    expect(COORDINATOR_CALL.decode(bytes)).toEqual(create);
    const attempt = { kind: 'reduce', task: 1, attempt: 2 } as const;
    const statistics = { inputBytes: 1, outputBytes: 2, outputRecords: 3 };
    const input = {
      type: 'completed',
      worker: 'w',
      attempt,
      output: encodeText('here'),
      statistics,
    } as const;
    expect(COORDINATOR_CALL.decode(COORDINATOR_CALL.encode({ type: 'step', input }))).toEqual({
      type: 'step',
      input,
    });
  });

  test('of another version, cut short, or of another kind is no message', () => {
    expect(COORDINATOR_CALL.tryDecode(bytes.with(0, 1))).toBeUndefined();
    expect(COORDINATOR_CALL.tryDecode(bytes.slice(0, -1))).toBeUndefined();
    expect(WORKER_CALL.tryDecode(bytes)).toBeUndefined();
    const step = new Codec('a step', tuple({ ms: natural }), 2).encode({ ms: 1 });
    expect(COORDINATOR_CALL.tryDecode(step)).toBeUndefined();
  });
});
