import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** One file each that breaks a rule of the house. */
const PLANTED: readonly (readonly [path: string, text: string])[] = [
  ['src/kv/imports-raft.ts', "import { Raft } from '../raft/index.ts';\nexport const x = Raft;\n"],
  ['src/controller/imports-kv.ts', "import { Query } from '../kv/index.ts';\nexport const x = Query;\n"],
  ['src/raft/imports-storage.ts', "import { x } from '../storage/index.ts';\nexport const y = x;\n"],
  ['src/replica/enters-by-window.ts', "import { Log } from '../raft/log.ts';\nexport const x = Log;\n"],
  ['src/protocol/imports-workers.ts', "import { ask } from '../../workers/ask.ts';\nexport const x = ask;\n"],
  ['src/storage/imports-node.ts', "import { rmSync } from 'node:fs';\nexport const x = rmSync;\n"],
  [
    'workers/objects/enters-by-window.ts',
    "import { Log } from '../../src/raft/log.ts';\nexport const x = Log;\n",
  ],
  ['src/raft/reads-clock.ts', 'export const x = Date.now();\n'],
  ['src/shard/starts-timer.ts', 'export const x = setTimeout(() => {}, 1);\n'],
];

test('the linter notices each breach of the house rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-house-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, text] of PLANTED) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const { stdout } = spawnSync(biome, ['lint', '--reporter=github', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const breaches = stdout
      .split('\n')
      .filter((line) => /noRestrictedImports|noRestrictedGlobals|noNodejsModules/.test(line));
    const unnoticed = PLANTED.filter(([path]) => !breaches.some((line) => line.includes(path)));
    expect(unnoticed).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('nothing pure draws random numbers of its own', () => {
  const pure = 'src/{raft,replica,storage,kv,shard,controller,mapreduce}/**/*.ts';
  const files = globSync(pure, { cwd: root });
  expect(files.length).toBeGreaterThan(50);
  const offenders = files.filter((file) => readFileSync(join(root, file), 'utf8').includes('Math.random'));
  expect(offenders).toEqual([]);
});
