/** What the README says of deploying, beside what there is to deploy. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const [readme, settings] = [read('README.md'), read('wrangler.toml')];

function namesIn(pattern: RegExp): readonly string[] {
  return [...new Set([...settings.matchAll(pattern)].map(([, name = '']) => name))];
}

test('the README tells how each environment is deployed, and `npm run check` tries it', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const environments = namesIn(/^\[env\.(\w+)\]$/gm);
  expect(environments.length).toBeGreaterThan(0);
  expect(readme).toContain('npx wrangler deploy --env=""');
  expect(scripts['deploy']).toBe('wrangler deploy --env=');
  for (const environment of environments) {
    expect(readme).toContain(`npx wrangler deploy --env ${environment}`);
    expect(scripts[`deploy:${environment}`]).toBe(`wrangler deploy --env ${environment}`);
    expect(scripts['check:deploy']).toContain(`npm run deploy:${environment} -- --dry-run`);
  }
  expect(scripts['check:deploy']).toContain('npm run deploy -- --dry-run');
});

test('the README names each bucket that a deployment needs', () => {
  const buckets = namesIn(/^bucket_name = "(.+)"$/gm);
  expect(buckets.length).toBeGreaterThan(0);
  for (const bucket of buckets) expect(readme).toContain(`npx wrangler r2 bucket create ${bucket}`);
});

test('the README names the versions of Node that the package takes', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { readonly node: string } };
  const versions = engines.node.split(' || ').map((range) => /\d+(\.[1-9]\d*)?/.exec(range)?.[0] ?? range);
  expect(versions.length).toBeGreaterThan(1);
  for (const version of versions) expect(readme).toMatch(new RegExp(`\\b${version.replace('.', '\\.')}\\b`));
  expect(readme).toContain('EBADENGINE');
});
