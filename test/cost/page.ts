/** `docs/cost.md`: what is counted, and what the platform asks for it. */

import { countPerIdleHour, countPerOperation, OPERATIONS, SCENARIOS, type Scenario } from './scenarios.ts';
import { billedRows, type Tally } from './tally.ts';

/** In dollars, beyond what a plan includes (developers.cloudflare.com, November 2026). */
const PRICES = {
  workerRequestsPerMillion: 0.3,
  objectRequestsPerMillion: 0.15,
  rowsWrittenPerMillion: 1,
  gigabyteSecondsPerMillion: 12.5,
  kvWritesPerMillion: 5,
  kvReadsPerMillion: 0.5,
} as const;
const OBJECT_GIGABYTES = 0.128;
const MONTH_SECONDS = 30 * 24 * 3600;
const MONTH_HOURS = 30 * 24;

export function costPage(): string {
  const counted = SCENARIOS.map((scenario) => ({ scenario, tally: countPerOperation(scenario) }));
  const idle = [3, 5].map((replicas) => ({ replicas, tally: countPerIdleHour(replicas) }));
  return `# What it costs

This page is made by \`npm run cost\` from what is counted in virtual time (\`test/cost\`): replicas and clients as they are deployed, on SQLite, while nothing goes wrong. A call between objects takes 1 ms each way, and a write 2 ms until it is durable. \`npm test\` counts again, and fails when a number here is no longer what is counted.

## Per operation

All replicas together, and the router's calls; values of 100 bytes; after ${'4,096'} operations, the mean of ${'8,192'}. A *call* is what the platform bills as a request to an object. *Rows* are billed rows: a new row counts once more for each index of its table, and a deleted row as a written one.

| replicas | clients | operation | calls | bytes of calls | rows | of the log | of the state | deleted | flushes | statements |
| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${counted.map(({ scenario, tally }) => integersRow(scenario, tally)).join('\n')}

## Dollars per million operations

List prices beyond what a plan includes: ${PRICES.workerRequestsPerMillion} for a million requests to a Worker, ${PRICES.objectRequestsPerMillion} for a million calls of objects, ${PRICES.rowsWrittenPerMillion} for a million rows written. Time is not in it: see below. Workers KV asks ${PRICES.kvWritesPerMillion} for a million writes and ${PRICES.kvReadsPerMillion} for a million reads, for data that may be old for a minute. One object that writes one row a put costs ${dollars(single(1))}, and ${dollars(single(0))} for a get; it is in one place.

| operation | clients | 3 replicas | 5 replicas | one object | Workers KV |
| --- | ---: | ---: | ---: | ---: | ---: |
${OPERATIONS.flatMap((operation) =>
  [1, 64].map((clients) => {
    const of = (replicas: number) =>
      dollars(
        price(
          counted.find(
            ({ scenario }) =>
              scenario.operation === operation &&
              scenario.clients === clients &&
              scenario.replicas === replicas,
          )?.tally,
        ),
      );
    const isGet = operation === 'get';
    const kv = isGet ? PRICES.kvReadsPerMillion : PRICES.kvWritesPerMillion;
    return `| ${operation} | ${clients} | ${of(3)} | ${of(5)} | ${dollars(single(isGet ? 0 : 1))} | ${dollars(kv)} |`;
  }),
).join('\n')}

## Dollars per month

A group that is awake is billed for the time of its objects, ${OBJECT_GIGABYTES} GB each, whether it has something to do or not, and for its heartbeats.

| replicas | calls an hour, idle | rows an hour, idle | time | heartbeats | together, idle | and with a put a second |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${idle.map(({ replicas, tally }) => monthRow(replicas, tally, putOf(counted, replicas))).join('\n')}
`;
}

type Counted = readonly { readonly scenario: Scenario; readonly tally: Tally }[];

function putOf(counted: Counted, replicas: number): Tally | undefined {
  return counted.find(
    ({ scenario }) =>
      scenario.replicas === replicas && scenario.clients === 1 && scenario.operation === 'put of one key',
  )?.tally;
}

function integersRow({ replicas, clients, operation }: Scenario, tally: Tally): string {
  const { calls, callBytes, logRows, stateRows, deletedRows, flushes, statements } = tally;
  const numbers = [
    twoPlaces(calls),
    String(Math.round(callBytes)),
    ...[billedRows(tally), logRows, stateRows, deletedRows, flushes, statements].map(twoPlaces),
  ];
  return `| ${replicas} | ${clients} | ${operation} | ${numbers.join(' | ')} |`;
}

function monthRow(replicas: number, idle: Tally, put: Tally | undefined): string {
  const time = (replicas * MONTH_SECONDS * OBJECT_GIGABYTES * PRICES.gigabyteSecondsPerMillion) / 1e6;
  const calls = (idle.calls * MONTH_HOURS * PRICES.objectRequestsPerMillion) / 1e6;
  const puts = (price(put) * MONTH_SECONDS) / 1e6;
  const rows = billedRows(idle);
  return `| ${replicas} | ${Math.round(idle.calls)} | ${Math.round(rows)} | ${dollars(time)} | ${dollars(calls)} | ${dollars(time + calls)} | ${dollars(time + calls + puts)} |`;
}

/** Of a million operations. */
function price(tally: Tally | undefined): number {
  if (tally === undefined) throw new Error('that was not counted');
  const { workerRequestsPerMillion, objectRequestsPerMillion, rowsWrittenPerMillion } = PRICES;
  return (
    workerRequestsPerMillion +
    tally.calls * objectRequestsPerMillion +
    billedRows(tally) * rowsWrittenPerMillion
  );
}

function single(rows: number): number {
  const { workerRequestsPerMillion, objectRequestsPerMillion, rowsWrittenPerMillion } = PRICES;
  return workerRequestsPerMillion + objectRequestsPerMillion + rows * rowsWrittenPerMillion;
}

const twoPlaces = (value: number): string => value.toFixed(2);
const dollars = (value: number): string => `$${value.toFixed(2)}`;
