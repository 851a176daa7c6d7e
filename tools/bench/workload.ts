/** What is asked of each contender, and by how many at once. */

export const OPERATIONS = [
  'put',
  'put-hot',
  'get',
  'mix',
  'append',
  'put-if-absent',
  'put-batch',
  'put-stream',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** etcd takes 128 operations in a transaction at most, unless it is told otherwise. */
export const BATCH_PUTS = 100;
export const STREAM_PUTS = 1000;

export const OPERATION_TITLES: Readonly<Record<Operation, string>> = {
  put: 'put, new keys',
  'put-hot': 'put, one hot key',
  get: 'get, linearizable',
  mix: 'half puts, half gets',
  append: 'append',
  'put-if-absent': 'conditional put, new keys',
  'put-batch': `put, new keys, ${BATCH_PUTS} a request`,
  'put-stream': `put, new keys, streams of ${STREAM_PUTS}`,
};

export interface Workload {
  readonly operation: Operation;
  readonly valueBytes: number;
  readonly clients: number;
}

const SMALL = 16;
const LARGE = 1024;
/** So many clients stand for a busy server wherever their number is not what is looked at. */
const MANY = 64;
/** Of those who send many operations in a request. */
const FEW = 8;

export const BATCH_WORKLOAD: Workload = { operation: 'put-batch', valueBytes: SMALL, clients: FEW };

/** Not each with each: one dimension varies at a time, around puts and gets of small values by one and by many clients. */
export const WORKLOADS: readonly Workload[] = [
  ...[1, 16, MANY, 256].flatMap((clients) => [
    { operation: 'put', valueBytes: SMALL, clients } as const,
    { operation: 'get', valueBytes: SMALL, clients } as const,
  ]),
  ...(['put-hot', 'mix', 'append', 'put-if-absent'] as const).map((operation) => ({
    operation,
    valueBytes: SMALL,
    clients: MANY,
  })),
  ...(['put', 'get'] as const).map((operation) => ({ operation, valueBytes: LARGE, clients: MANY })),
  { operation: 'put', valueBytes: LARGE, clients: 1 },
  BATCH_WORKLOAD,
  { ...BATCH_WORKLOAD, operation: 'put-stream' },
];

/** What the targets are judged by, and no more. */
export const QUICK_WORKLOADS: readonly Workload[] = [
  { operation: 'put', valueBytes: SMALL, clients: 1 },
  { operation: 'put', valueBytes: SMALL, clients: MANY },
  { operation: 'get', valueBytes: SMALL, clients: MANY },
  BATCH_WORKLOAD,
];

/** Names a workload in one word. */
export function workloadId({ operation, valueBytes, clients }: Workload): string {
  return `${operation}/${valueBytes}/${clients}`;
}

export function titleOf({ operation, valueBytes, clients }: Workload): string {
  return `${OPERATION_TITLES[operation]}, ${valueBytes} bytes, ${clients} client${clients === 1 ? '' : 's'}`;
}
