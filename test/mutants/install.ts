import { registerHooks } from 'node:module';
import type { Mutant } from './mutant.ts';
import { patched } from './mutant.ts';

const SOURCES = new URL('../../src/', import.meta.url);

/** Every module of src that is loaded from now on, in this thread, has the bug. To be called before any is loaded. */
export function installMutant({ patches }: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = patches.filter(({ file }) => new URL(file, SOURCES).href === url);
      if (own.length === 0) return loaded;
      const source = new TextDecoder().decode(bytesOf(loaded.source));
      return { ...loaded, source: own.reduce(patched, source) };
    },
  });
}

function bytesOf(source: string | ArrayBuffer | NodeJS.TypedArray | null | undefined): Uint8Array {
  if (source === null || source === undefined)
    throw new TypeError('a module of src was loaded without its text');
  if (typeof source === 'string') return new TextEncoder().encode(source);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
