import { expect } from 'vitest';
import type { CallOutcome } from '../../../src/client/index.ts';
import type { Change } from '../../../src/controller/index.ts';
import type { Command, CommandResult, Session, ValueResult } from '../../../src/kv/index.ts';
import { PROBLEMS, type ProblemCode, type ProblemFields } from '../../../src/protocol/index.ts';
import { asGroupId, type Configuration } from '../../../src/shard/index.ts';
import { readProblem } from '../../../tools/harness/http-answers.ts';
import { createApp } from '../../../workers/app.ts';
import type {
  ClusterBackend,
  GroupTrace,
  KvBackend,
  ReadRequest,
} from '../../../workers/gateway/backends.ts';
import { EDGE_LIMITS, type EdgeLimits, edgeBudgets } from '../../../workers/gateway/edge-budgets.ts';

type WriteOutcome = CallOutcome<CommandResult>;
type ReadOutcome = CallOutcome<ValueResult>;

/** Of the other keys, 0. */
const SHARDS: Readonly<Record<string, number>> = { a: 3, b: 9 };

export interface Script {
  readonly write?: WriteOutcome;
  readonly read?: ReadOutcome;
  /** Of group 7; there is no other. */
  readonly trace?: GroupTrace;
  readonly cluster?: ClusterBackend;
  readonly limits?: EdgeLimits;
}

export function answered<Result>(result: Result, ageMsMax?: number): CallOutcome<Result> {
  return { type: 'answered', result, ageMsMax, mayBeExecuted: false };
}

export function failed(reason: 'no-answer' | 'overloaded', mayBeExecuted = false): CallOutcome<never> {
  return { type: 'failed', reason, mayBeExecuted };
}

const WRITTEN: WriteOutcome = answered({ type: 'written', version: 1 });
const ABSENT: ReadOutcome = answered({ type: 'absent', revision: 42 });

/** The API over stores that give the same answer to everything, and remember what they were asked. */
export function appOver({
  write = WRITTEN,
  read = ABSENT,
  trace = { type: 'off' },
  cluster = unusedCluster,
  limits = EDGE_LIMITS,
}: Script = {}) {
  const kv = recorder(write, read);
  const solo = recorder(write, read);
  const app = createApp(() => ({
    kv,
    solo,
    cluster,
    budgets: edgeBudgets(limits),
    status: async () => ({ groups: 3 }),
    trace: async (group) => (group === '7' ? trace : { type: 'no-such-group' }),
    checkClient: async (client) =>
      client === 'made-up' ? { type: 'not-issued' } : { type: 'issued', client },
    newClient: async () => ({ client: 'mbx2k3f4-fresh', renewAfterMs: 300_000, sessionTtlMs: 1_800_000 }),
  }));
  return { app, kv, solo };
}

/** For tests that are about the stores. */
export const unusedCluster: ClusterBackend = {
  describe: async () => undefined,
  configuration: async () => undefined,
  change: async () => undefined,
  readmit: async () => ({ type: 'no-such-group' }),
  group: (number) => [asGroupId(number), { replicas: [`group-${number}/1`] }],
};

/** A cluster whose latest configuration has number 1, and that remembers what it was asked. */
export function recordingCluster() {
  const configuration: Configuration = {
    number: 1,
    shards: [asGroupId(1)],
    groups: new Map([unusedCluster.group(1)]),
    joining: new Map(),
    lost: [],
  };
  const changes: Change[] = [];
  const numbers: number[] = [];
  const backend: ClusterBackend = {
    ...unusedCluster,
    configuration: async (number) => {
      numbers.push(number);
      return configuration;
    },
    change: async (change) => {
      changes.push(change);
      return { type: 'configured', configuration };
    },
  };
  return { backend, changes, numbers };
}

function recorder(write: WriteOutcome, read: ReadOutcome) {
  const writes: { readonly command: Command; readonly session: Session | undefined }[] = [];
  const reads: ReadRequest[] = [];
  const backend: KvBackend = {
    shardOf: (key) => SHARDS[key] ?? 0,
    write: async (command, session) => {
      writes.push({ command, session });
      return write;
    },
    read: async (request) => {
      reads.push(request);
      return read;
    },
  };
  return { ...backend, writes, reads };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The response is this problem, with these fields and no others. */
export async function expectProblem(response: Response, code: ProblemCode, fields: ProblemFields = {}) {
  const problem = await readProblem(response);
  expect(problem).toEqual({
    type: `urn:flotilla:problem:${code}`,
    code,
    ...PROBLEMS[code],
    detail: expect.stringMatching(/^[A-Zf].+\.$/),
    ...fields,
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('retry-after')).toBe(
    fields.retryAfterMs === undefined ? null : String(Math.ceil(fields.retryAfterMs / 1000)),
  );
}
