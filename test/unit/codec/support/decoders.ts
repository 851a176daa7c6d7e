/**
 * All decoders of the sources, found by loading them: exported codecs, and exported functions that are called `decode…`.
 */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const IMPORT = /^(?:import|export)\s(?!type\s)[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm;
const PLATFORM = /^(?:cloudflare:|hono(?:\/|$))/;
const CODEC = /\bnew Codec\(/g;
const DECODER = /^export (?:async )?(?:function|const) decode\w*|\bnew Codec\(/m;

export interface FoundExport {
  /** The module and the name. */
  readonly where: string;
  readonly value: unknown;
}

export interface Sources {
  /** Each value once, where it was found first. */
  readonly exports: readonly FoundExport[];
  /** How many codecs the text makes, exported or not. */
  readonly codecCount: number;
  /** Modules with a decoder that cannot be loaded outside the Workers runtime. */
  readonly outOfReach: readonly string[];
}

export async function findExports(): Promise<Sources> {
  const files = globSync(['src/**/*.ts', 'workers/**/*.ts'], { cwd: ROOT }).sort();
  const exports = new Map<unknown, FoundExport>();
  const outOfReach: string[] = [];
  let codecCount = 0;
  for (const file of files) {
    const source = textOf(join(ROOT, file));
    codecCount += source.match(CODEC)?.length ?? 0;
    if (needsPlatform(join(ROOT, file))) {
      if (DECODER.test(source)) outOfReach.push(file);
      continue;
    }
    const loaded: Readonly<Record<string, unknown>> = await import(join(ROOT, file));
    for (const [name, value] of Object.entries(loaded)) {
      if (!exports.has(value)) exports.set(value, { where: `${file} ${name}`, value });
    }
  }
  return { exports: [...exports.values()], codecCount, outOfReach };
}

const known = new Map<string, boolean>();

/** Whether the module, or one that it loads, loads something of the Workers runtime or the router of HTTP. */
function needsPlatform(path: string): boolean {
  const before = known.get(path);
  if (before !== undefined) return before;
  known.set(path, false);
  const needs = importsOf(path).some(
    (name) => PLATFORM.test(name) || (name.startsWith('.') && needsPlatform(join(dirname(path), name))),
  );
  known.set(path, needs);
  return needs;
}

function importsOf(path: string): readonly string[] {
  return [...textOf(path).matchAll(IMPORT)].map(([, from, alone]) => from ?? alone ?? '');
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
