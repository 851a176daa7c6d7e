import { afterEach, expect, test, vi } from 'vitest';
import { startEtcd } from '../../../../tools/bench/contenders/etcd.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('where etcd is not in PATH there is no such server, and that is no failure', async () => {
  vi.stubEnv('PATH', '/dev/null:/no/such/folder');
  expect(await startEtcd()).toBeUndefined();
});
