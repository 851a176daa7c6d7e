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
  ['src/store/decodes-text.ts', 'export const x = new TextDecoder();\n'],
  ['src/protocol/decodes-text.ts', 'export const x = new TextDecoder();\n'],
  ['workers/encodes-text.ts', 'export const x = new TextEncoder();\n'],
  ['workers/routes/reads-cbor.ts', "import { decode } from 'cborg';\nexport const x = decode;\n"],
  ['src/client/reads-cbor.ts', "import { decode } from 'cborg';\nexport const x = decode;\n"],
  [
    'src/client/knows-the-server.ts',
    "import { openStore } from '../store/index.ts';\nexport const x = openStore;\n",
  ],
  ['src/codec/knows-a-user.ts', "import { Raft } from '../raft/index.ts';\nexport const x = Raft;\n"],
  ['tools/imports-a-test.ts', "import { x } from '../test/house.test.ts';\nexport const y = x;\n"],
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
  const pure = 'src/**/*.ts';
  const files = globSync(pure, { cwd: root });
  expect(files.length).toBeGreaterThan(50);
  const offenders = files.filter((file) => readFileSync(join(root, file), 'utf8').includes('Math.random'));
  expect(offenders).toEqual([]);
});

test('bytes become text, and text bytes, in src/codec alone', () => {
  // What the linter cannot see: members of globalThis, streams, and the methods of a request or response.
  const ways = /\bText(De|En)coder|\bDataView|\.(text|json|formData)\(\)/;
  const files = globSync('{src,workers}/**/*.ts', { cwd: root }).filter(
    (file) => !file.startsWith('src/codec/'),
  );
  const offenders = files.filter((file) => ways.test(readFileSync(join(root, file), 'utf8')));
  expect(files.length).toBeGreaterThan(100);
  expect(offenders).toEqual([]);
});

const production = globSync('{src,workers}/**/*.ts', { cwd: root });

function sourceOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** What stands more than once, with the files. */
function repeated(named: readonly (readonly [name: string, file: string])[]): readonly string[] {
  const files = Map.groupBy(named, ([name]) => name);
  return [...files].flatMap(([name, found]) =>
    found.length > 1 ? [`${name}: ${found.map(([, file]) => file).join(', ')}`] : [],
  );
}

test('no two exported types share a name', () => {
  const types = production.flatMap((file) =>
    [...sourceOf(file).matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)].map(
      ([, name = '']) => [name, file] as const,
    ),
  );
  expect(types.length).toBeGreaterThan(100);
  expect(repeated(types)).toEqual([]);
});

/** `raft.R2  An entry ...` in the head of a file states an invariant; `raft.R2` anywhere else speaks of it. */
test('each invariant has a name of its own, and every name that is used is that of an invariant', () => {
  const sources = [...production, ...globSync('tools/**/*.ts', { cwd: root })];
  const stated = sources.flatMap((file) =>
    [...sourceOf(file).matchAll(/^ \* ([a-z]+\.[A-Z]\d+) {2}\S/gm)].map(
      ([, name = '']) => [name, file] as const,
    ),
  );
  expect(stated.length).toBeGreaterThan(60);
  expect(repeated(stated)).toEqual([]);
  const names = new Set(stated.map(([name]) => name));
  const areas = [...new Set(stated.map(([name]) => name.split('.')[0]))].join('|');
  const used = new RegExp(`\\b(?:${areas})\\.[A-Z]\\d+\\b`, 'g');
  const texts = globSync('{src,workers,test,tools,docs}/**/*.{ts,md}', { cwd: root });
  const unknown = texts.flatMap((file) =>
    [...sourceOf(file).matchAll(used)].flatMap(([name]) => (names.has(name) ? [] : [`${name} in ${file}`])),
  );
  expect(unknown).toEqual([]);
});

test('an invariant is stated under the name of its area, and never by a bare letter and number', () => {
  const bare = production.flatMap((file) =>
    [...sourceOf(file).matchAll(/^ \* ([A-Z]\d+|\d+\.) {1,2}[A-Z]/gm)].map(
      ([, name]) => `${name} in ${file}`,
    ),
  );
  expect(bare).toEqual([]);
});

test('every module of src is a part of what is deployed', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, path = ''] of sourceOf(file).matchAll(/from '(\.[^']+)'/g)) {
      visit(join(dirname(file), path));
    }
  };
  visit('workers/index.ts');
  const left = production.filter((file) => file.startsWith('src/') && !reached.has(file));
  expect(left).toEqual([]);
});
