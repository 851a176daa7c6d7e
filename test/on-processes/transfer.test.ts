import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DEFAULT_REPLICA_LIMITS } from '../../src/replica/index.ts';
import { measureTransfer } from '../../tools/bench/transfer.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const HELD_BACK_WORKER = fileURLToPath(new URL('../on-workerd/held-back.worker.ts', import.meta.url));

test('a replica that is far behind gets the state while clients are served, and goes on after a crash', async () => {
  const cluster = new LocalCluster({ worker: HELD_BACK_WORKER });
  try {
    await cluster.start();
    const report = await measureTransfer({
      cluster,
      stateBytes: 20 << 20,
      crashAfterChunks: 5,
      clients: 4,
      beforeMs: 200,
      onStep: () => {},
    });
    expect(report.chunks).toMatchObject({ beginnings: 1, crashes: 1 });
    expect(report.chunks.chunks).toBeGreaterThan(10);
    // A row is never cut; the framing around a value of the largest size is a few bytes.
    expect(report.chunks.largestBytes).toBeLessThan(DEFAULT_REPLICA_LIMITS.chunkBytesMax + 1024);
    expect(report.perSecondDuring).toBeGreaterThan(report.perSecondBefore / 10);
    expect(report.equalRows).toBeGreaterThan(100);
  } finally {
    await cluster.stop();
  }
});
