import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/on-workerd/**', 'test/on-processes/**'],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            // Off in production unless somebody wants it; here it must not be in the way of anything.
            miniflare: { bindings: { TRACE_NOTES_MAX: 1000 } },
          }),
        ],
        test: { name: 'workerd', include: ['test/on-workerd/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        // Real processes, killed and started again: one file at a time, since they share two cores.
        test: {
          name: 'cluster',
          include: ['test/on-processes/**/*.test.ts'],
          testTimeout: 120_000,
          // The first start of a cluster builds its Worker.
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
