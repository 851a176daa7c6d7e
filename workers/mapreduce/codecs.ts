/**
 * What the objects of a job say to each other, and what they keep beside the job itself (src/mapreduce/job-rows.ts).
 * Objects of one job may run different versions for a while.
 */
import {
  bytes,
  Codec,
  type Described,
  list,
  natural,
  oneOf,
  text,
  tuple,
  union,
} from '../../src/codec/index.ts';
import {
  jobAnswer,
  jobOutline,
  jobProgress,
  jobRefusal,
  jobSpec,
  publishOrder,
  shuffleReply,
  shuffleRequest,
  workerNews,
} from '../../src/mapreduce/index.ts';

const outputPlace = union({
  /** `mr-out-X` in the bucket. */
  bucket: {},
  /** A row of the store for each key, under a prefix. */
  store: { prefix: text },
});
export type OutputPlace = Described<typeof outputPlace>;

/** What the hosts of a job must know beside its specification. */
const jobPlan = tuple({ workers: natural, output: outputPlace });
export type JobPlan = Described<typeof jobPlan>;

const jobSummary = tuple({ spec: jobOutline, plan: jobPlan, createdMs: natural, progress: jobProgress });
export type JobSummary = Described<typeof jobSummary>;

export const COORDINATOR_CALL = new Codec(
  'a call of a coordinator',
  union({
    create: { spec: jobSpec, plan: jobPlan },
    step: { input: workerNews },
    plan: {},
    status: {},
    cancel: {},
    /** It has ended, and makes way: nothing of it is kept. Afterwards it is unknown. */
    remove: {},
  }),
  3,
);
export type CoordinatorCall = Described<typeof COORDINATOR_CALL.shape>;

export const COORDINATOR_REPLY = new Codec(
  'the reply of a coordinator',
  union({
    'unknown-job': {},
    refused: { reason: jobRefusal },
    answer: { answer: jobAnswer },
    plan: { plan: jobPlan },
    status: { summary: jobSummary },
    /** To `cancel`: it was too late. */
    ended: { summary: jobSummary },
  }),
  3,
);
export type CoordinatorReply = Described<typeof COORDINATOR_REPLY.shape>;

export const WORKER_CALL = new Codec(
  'a call of a worker',
  union({
    /** Sees to it that the worker is at work. */
    work: {},
    chunk: { request: shuffleRequest },
    publish: { order: publishOrder },
    /** The job has ended: the worker keeps nothing. */
    leave: {},
  }),
  2,
);
export type WorkerCall = Described<typeof WORKER_CALL.shape>;

const publishOutcome = oneOf(
  'published',
  /** It is being done; ask again. */
  'working',
  /** It could not be done just now. */
  'failed',
  /** What was to be published is no longer there. */
  'gone',
);
export type PublishOutcome = Described<typeof publishOutcome>;

export const WORKER_REPLY = new Codec(
  'the reply of a worker',
  union({ done: {}, chunk: { reply: shuffleReply }, published: { outcome: publishOutcome } }),
  2,
);
export type WorkerReply = Described<typeof WORKER_REPLY.shape>;

export const PLAN_ROW = new Codec('the plan of a job', jobPlan, 2);

/** What a worker tells of an output of a task: enough to publish it. Here, in how many chunks it lies on the disk. */
export const ROW_RECEIPT = new Codec('the receipt of an output in rows', natural, 2);

export const BUCKET_RECEIPT = new Codec(
  'the receipt of an output in the bucket',
  union({
    text: { block: bytes },
    upload: { upload: text, parts: list(tuple({ partNumber: natural, etag: text })) },
  }),
  2,
);
