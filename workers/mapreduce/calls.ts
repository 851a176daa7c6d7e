/** What is said between the objects of a job, and to them. */
import { decode, encode } from 'cborg';
import type {
  ChunkReply,
  ChunkRequest,
  JobAnswer,
  JobInput,
  JobProgress,
  JobRefusal,
  JobSpec,
  PublishOrder,
} from '../../src/mapreduce/index.ts';
import type { JobPlan } from './plan.ts';
import type { Published } from './publisher.ts';

/** To a coordinator. */
export type CoordinatorCall =
  | { readonly type: 'create'; readonly spec: JobSpec; readonly plan: JobPlan }
  | { readonly type: 'step'; readonly input: JobInput }
  | { readonly type: 'plan' }
  | { readonly type: 'status' }
  | { readonly type: 'cancel' }
  /** `TaskContext.count`, `counted` and `meet`: what the workers of a job share. */
  | { readonly type: 'count'; readonly counter: string }
  | { readonly type: 'counted'; readonly counter: string }
  | { readonly type: 'meet'; readonly place: string; readonly worker: string; readonly ms: number };

export type CoordinatorReply =
  | { readonly type: 'unknown-job' }
  | { readonly type: 'refused'; readonly reason: JobRefusal }
  | { readonly type: 'answer'; readonly answer: JobAnswer }
  | { readonly type: 'plan'; readonly plan: JobPlan }
  | { readonly type: 'status'; readonly summary: JobSummary }
  /** To `cancel`: it was too late. */
  | { readonly type: 'ended'; readonly summary: JobSummary }
  | { readonly type: 'number'; readonly value: number };

export interface JobSummary {
  readonly spec: Omit<JobSpec, 'splits'>;
  readonly plan: JobPlan;
  readonly createdMs: number;
  readonly progress: JobProgress;
}

/** To a worker. */
export type WorkerCall =
  /** Sees to it that the worker is at work. */
  | { readonly type: 'work' }
  | { readonly type: 'chunk'; readonly request: ChunkRequest }
  | { readonly type: 'publish'; readonly order: PublishOrder; readonly prefix: string }
  /** The job has ended: the worker keeps nothing. */
  | { readonly type: 'leave' };

export type WorkerReply =
  | { readonly type: 'done' }
  | { readonly type: 'chunk'; readonly reply: ChunkReply }
  | { readonly type: 'published'; readonly outcome: Published };

type Message = CoordinatorCall | CoordinatorReply | WorkerCall | WorkerReply;

/** Rises when older code would misunderstand; objects of one job may run different versions for a while. */
const WIRE_VERSION = 1;

export function encodeMessage(message: Message): Uint8Array {
  return encode([WIRE_VERSION, message]);
}

/** The sender is an object of this Worker: beyond the version, its word is taken. Undefined for another version. */
export function decodeMessage<Expected extends Message>(bytes: Uint8Array): Expected | undefined {
  const [version, message] = decode(bytes);
  return version === WIRE_VERSION ? (message as Expected) : undefined;
}

export async function readMessage<Expected extends Message>(
  body: Request | Response,
): Promise<Expected | undefined> {
  return decodeMessage(new Uint8Array(await body.arrayBuffer()));
}

export function messageResponse(message: CoordinatorReply | WorkerReply): Response {
  return new Response(encodeMessage(message));
}
