/** Contenders under the same loads, in turns. */

import { setTimeout as pause } from 'node:timers/promises';
import {
  type Contender,
  type ContenderName,
  freeze,
  type Server,
  serverCpuMs,
  thaw,
} from './contenders/contender.ts';
import type { Dialect } from './dialects.ts';
import { type Cell, type Comparison, type LeftOut, type Repeated, type Round, roundOf } from './figures.ts';
import { KeySupply } from './key-supply.ts';
import { LoadClient, runLoad, sendAll, UnexpectedAnswer } from './load.ts';
import { describeRefusal, repeatRefused } from './repeat.ts';
import { takeTurns } from './turns.ts';
import { type Operation, type Workload, workloadId } from './workload.ts';

export interface ComparisonPlan {
  /** That have a value before the first round, for each size of values. */
  readonly knownKeys: number;
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly roundMs: number;
  /** Before each round, under the same load. */
  readonly warmUpMs: number;
  /** After a server was thawed, before the load begins. */
  readonly settleMs: number;
}

export interface ComparisonEvents {
  readonly onStarted: () => void;
  /** How many turns there will be. */
  readonly onBegin: (turns: number) => void;
  readonly onTurn: () => void;
}

interface Runner {
  readonly contender: Contender;
  readonly server: Server;
  readonly keys: KeySupply;
  readonly rounds: Map<string, Round[]>;
}

const FILLERS = 64;

export async function compareContenders(
  contenders: readonly Contender[],
  plan: ComparisonPlan,
  events: ComparisonEvents,
): Promise<Comparison> {
  const runners: Runner[] = [];
  const leftOut: LeftOut[] = [];
  const operations = new Set(plan.workloads.map(({ operation }) => operation));
  try {
    // At the same time: to build and to start takes longer than anything else of a quick run.
    const starts = contenders.map(async (contender) => {
      const server = await contender.start();
      if (server === undefined) {
        leftOut.push({ contender: contender.name, reason: 'not installed: nothing of that name is in PATH' });
        return;
      }
      const runner = { contender, server, keys: new KeySupply(plan.knownKeys), rounds: new Map() };
      runners.push(runner);
      await fill(runner, plan.workloads);
      leftOut.push(...(await findUnserved(runner, operations)));
      freeze(server);
      events.onStarted();
    });
    // All of them, so that none is left running when another one fails.
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    runners.sort((a, b) => contenders.indexOf(a.contender) - contenders.indexOf(b.contender));
    const turns = takeTurns(runners, plan.workloads, plan.rounds).filter(({ contender, workload }) =>
      isServed(contender, workload, leftOut),
    );
    events.onBegin(turns.length);
    const repeated: Repeated[] = [];
    for (const { contender: runner, workload } of turns) {
      const { name } = runner.contender;
      await repeatRefused(
        () => takeTurn(runner, workload, plan),
        (reason) => repeated.push({ contender: name, workload, reason }),
      );
      events.onTurn();
    }
    return {
      contenders: runners.map(({ contender: { name, title } }) => ({ name, title })),
      roundMs: plan.roundMs,
      cells: plan.workloads.flatMap((workload) => runners.flatMap((runner) => cellOf(runner, workload))),
      leftOut,
      repeated,
    };
  } finally {
    for (const { server } of runners) thaw(server);
    for (const { server } of runners) await server.stop();
  }
}

/** Gives each known key a value, so that all reads find one. The first request forms a cluster. */
async function fill({ contender, server, keys }: Runner, workloads: readonly Workload[]): Promise<void> {
  const sizes = new Set(workloads.map(({ valueBytes }) => valueBytes));
  const puts = [...sizes].flatMap((bytes) =>
    keys.allKnown(bytes).map((key) => contender.dialect.put(key, keys.value(bytes))),
  );
  await sendAll(server.url, FILLERS, puts.values());
}

/** Asks for each operation once. A server that refuses one has no such operation yet, and is not measured by it. */
async function findUnserved(
  { contender, server, keys }: Runner,
  operations: ReadonlySet<Operation>,
): Promise<readonly LeftOut[]> {
  const unserved: LeftOut[] = [];
  const client = new LoadClient(server.url);
  for (const operation of operations) {
    const reason = await refusal(client, contender.dialect, operation, keys);
    if (reason !== undefined) unserved.push({ contender: contender.name, operation, reason });
  }
  await client.close();
  return unserved;
}

async function refusal(
  client: LoadClient,
  dialect: Dialect,
  operation: Operation,
  keys: KeySupply,
): Promise<string | undefined> {
  const phrase = dialect.phrases[operation];
  if (phrase === undefined) return 'it has no such operation';
  try {
    await client.send(phrase(keys, PROBE_BYTES));
    return undefined;
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    return `refused: ${describeRefusal(error)}`;
  }
}

/** A size that every filling has. */
const PROBE_BYTES = 16;

function isServed(
  { contender: { name } }: Runner,
  { operation }: Workload,
  leftOut: readonly LeftOut[],
): boolean {
  return !leftOut.some((left) => left.contender === name && left.operation === operation);
}

async function takeTurn(runner: Runner, workload: Workload, plan: ComparisonPlan): Promise<void> {
  const { contender, server, keys, rounds } = runner;
  const phrase = contender.dialect.phrases[workload.operation];
  if (phrase === undefined) throw new Error(`${contender.name} has no ${workload.operation}`);
  thaw(server);
  await settle(runner, plan.settleMs);
  const result = await runLoad({
    url: server.url,
    clients: workload.clients,
    warmUpMs: plan.warmUpMs,
    durationMs: plan.roundMs,
    nextRequest: () => phrase(keys, workload.valueBytes),
    serverCpuMs: () => serverCpuMs(server),
  });
  freeze(server);
  const id = workloadId(workload);
  rounds.set(id, [...(rounds.get(id) ?? []), roundOf(result)]);
}

/** Timers that came due meanwhile go off all at once; if that led to an election, it is over with the first answer. */
async function settle({ contender, server, keys }: Runner, settleMs: number): Promise<void> {
  await pause(settleMs);
  const put = contender.dialect.put(keys.fresh(), keys.value(PROBE_BYTES));
  await sendAll(server.url, 1, [put].values());
}

function cellOf({ contender, rounds }: Runner, workload: Workload): readonly Cell[] {
  const measured = rounds.get(workloadId(workload));
  const name: ContenderName = contender.name;
  return measured === undefined ? [] : [{ contender: name, workload, rounds: measured }];
}
