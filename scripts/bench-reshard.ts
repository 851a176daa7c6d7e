/**
 * What moving a shard costs the others, how long the shard itself is not served, and whether two groups serve as much
 * as one, on real processes:
 *
 *     npm run bench:reshard [-- --quick]
 *
 * docs/benchmarks.md tells the method, and what was measured.
 */

import { createShardOf } from '../src/shard/index.ts';
import { compareGroups } from '../tools/bench/groups.ts';
import { type MoveFigures, measureMoves } from '../tools/bench/reshard.ts';
import { formatSpread, spread } from '../tools/bench/statistics.ts';
import { newCommand } from '../tools/harness/command.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';
import { Progress } from '../tools/harness/progress.ts';
import { shardCount } from '../tools/harness/worker-build.ts';

const MIB = 1 << 20;
const CLIENTS = 16;
const MOVING_CLIENTS = 2;

const FULL = {
  shardBytes: 100 * MIB,
  moves: 5,
  aroundMs: 10_000,
  schedule: { turns: 15, roundMs: 1500, warmUpMs: 3000 },
};
const QUICK = {
  shardBytes: 4 * MIB,
  moves: 1,
  aroundMs: 500,
  schedule: { turns: 1, roundMs: 300, warmUpMs: 200 },
};

const { quick } = newCommand('bench:reshard')
  .description('moves a large shard under load, and compares two groups with one')
  .option('--quick', 'a short run, to see that it works; its figures mean little')
  .parse()
  .opts<{ quick?: true }>();
const plan = quick ? QUICK : FULL;

await withClusters([[1]], async ([url = '']) => {
  // Filling the shard is a step, and so is each move.
  const progress = new Progress('moves', 1 + plan.moves);
  const moves = await measureMoves({
    url,
    shardOf: createShardOf(shardCount()),
    shardBytes: plan.shardBytes,
    moves: plan.moves,
    clients: CLIENTS,
    movingClients: MOVING_CLIENTS,
    aroundMs: plan.aroundMs,
    onStep: () => progress.advance(),
  });
  progress.stop();
  showMoves(moves);
});
await withClusters([[1], [1, 2]], async ([oneGroup = '', twoGroups = '']) => {
  const progress = new Progress('turns', plan.schedule.turns);
  const onTurn = () => progress.advance();
  const figures = await compareGroups({ oneGroup, twoGroups }, CLIENTS, plan.schedule, onTurn);
  progress.stop();
  console.log(`
one group, ${CLIENTS} clients, ops/s ${formatSpread(figures.oneGroup)}
two groups of as many, ops/s ${formatSpread(figures.twoGroups)}
ratio                       ${formatSpread(figures.ratio, 2)}
ratio with as many in all   ${formatSpread(figures.ratioOfShared, 2)}`);
});

function showMoves(moves: readonly MoveFigures[]): void {
  const of = (figure: (move: MoveFigures) => number, digits = 0) =>
    formatSpread(spread(moves.map(figure)), digits);
  console.log(`
a shard of ${plan.shardBytes / MIB} MiB moves, ${moves.length} times
duration, s                 ${of(({ durationMs }) => durationMs / 1000, 1)}
other shards around, ops/s  ${of(({ perSecondAround }) => perSecondAround)}
other shards during, ops/s  ${of(({ perSecondDuring }) => perSecondDuring)}
ratio                       ${of(({ perSecondAround, perSecondDuring }) => perSecondDuring / perSecondAround, 2)}
an operation on the moving shard, ms
  median before             ${of(({ medianMsBefore }) => medianMsBefore, 1)}
  longest before            ${of(({ longestMsBefore }) => longestMsBefore)}
  longest during            ${of(({ longestMsDuring }) => longestMsDuring)}
  longest during, in medians ${of(({ longestMsDuring, medianMsBefore }) => longestMsDuring / medianMsBefore, 1)}`);
}

/** A cluster for each list of groups. */
async function withClusters(
  groups: readonly (readonly number[])[],
  use: (urls: readonly string[]) => Promise<void>,
): Promise<void> {
  const clusters = groups.map((firstGroups) => new LocalCluster({ vars: { FIRST_GROUPS: firstGroups } }));
  try {
    for (const cluster of clusters) await cluster.start();
    await use(clusters.map(({ url }) => url));
  } finally {
    for (const cluster of clusters) await cluster.stop();
  }
}
