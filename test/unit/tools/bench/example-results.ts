/** Results as a run would have measured them, for tests of what is made of them. */

import type { Circumstances } from '../../../../tools/bench/circumstances.ts';
import type { ContenderName } from '../../../../tools/bench/contenders/contender.ts';
import type { Cell, Comparison, Round } from '../../../../tools/bench/figures.ts';
import type { Part } from '../../../../tools/bench/results.ts';
import type { Workload } from '../../../../tools/bench/workload.ts';

export const PUT_64: Workload = { operation: 'put', valueBytes: 16, clients: 64 };

export const CIRCUMSTANCES: Circumstances = {
  at: '2026-11-28T12:00:00.000Z',
  commit: '0123456789ab',
  cpu: 'Abacus <7> & Sons',
  cores: 2,
  memoryBytes: 4 * 2 ** 30,
  system: 'linux 6.1 x64',
  disk: 'ext4',
  node: 'v24.0.0',
  workerd: '2026-11-02',
  loadAverage: 0.04,
  isQuick: false,
};

export function roundAt(operationsPerSecond: number): Round {
  return {
    operationsPerSecond,
    p50Ms: 1,
    p99Ms: 2,
    slowestMs: 3,
    serverCpuUs: 1e6 / operationsPerSecond,
    loadCpuUs: 20,
  };
}

export function cellOf(contender: ContenderName, perSecond: readonly number[], workload = PUT_64): Cell {
  return { contender, workload, rounds: perSecond.map(roundAt) };
}

export function comparisonOf(...cells: readonly Cell[]): Part<Comparison> {
  const contenders = [...new Set(cells.map(({ contender }) => contender))];
  return {
    circumstances: CIRCUMSTANCES,
    figures: {
      contenders: contenders.map((name) => ({ name, title: `the ${name}` })),
      roundMs: 1500,
      cells,
      leftOut: [],
      repeated: [],
    },
  };
}
