import { afterAll, expect, test } from 'vitest';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const worker = new LocalCluster({ worker: 'test/on-workerd/flags.worker.ts' });
afterAll(() => worker.stop());

test('by the date in wrangler.toml the runtime takes up promises where they were awaited, so that calls are shared', async () => {
  await worker.start();
  const flags = await (await fetch(worker.url)).json();
  expect(flags).toMatchObject({ handle_cross_request_promise_resolution: true });
}, 60_000);
