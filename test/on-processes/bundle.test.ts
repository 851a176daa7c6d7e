/** What is deployed is no longer than it need be: all of it is read and compiled at each cold start. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Guardian } from '../../tools/harness/guardian.ts';
import { bundleWorker, PRODUCTION_WORKER } from '../../tools/harness/worker-build.ts';

/** As `wrangler deploy` bundles it, neither minified nor compressed. */
const BUNDLE_BYTES_MAX = 1_300_000;
/** `import { z } from 'zod'` takes all of it along, with the texts of 50 languages: 480,000 bytes. */
const ZOD_BYTES_MAX = 250_000;

test('the Worker takes of its libraries only what it uses', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-bundle-'));
  const guardian = new Guardian(directory);
  try {
    const bundle = readFileSync(
      await bundleWorker({ entry: PRODUCTION_WORKER, directory, guardian }),
      'utf8',
    );
    const modules = bundle.split(/^(?=\/\/ \S+\.[cm]?[jt]s$)/m);
    const zod = modules.filter((text) => /^\/\/ \S*node_modules\/zod\//.test(text));
    expect(zod.length).toBeGreaterThan(0);
    expect(zod.filter((text) => /^\/\/ \S*\/locales\/(?!en\b)/.test(text))).toEqual([]);
    expect(zod.join('').length).toBeLessThan(ZOD_BYTES_MAX);
    expect(Buffer.byteLength(bundle)).toBeLessThan(BUNDLE_BYTES_MAX);
  } finally {
    guardian.release();
    rmSync(directory, { recursive: true, force: true });
  }
});
