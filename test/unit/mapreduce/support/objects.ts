import type { InputObject, InputSource } from '../../../../src/mapreduce/index.ts';

/** A bucket in memory. */
export class Objects implements InputSource {
  readonly #objects: ReadonlyMap<string, Uint8Array>;

  constructor(texts: Readonly<Record<string, string | Uint8Array>>) {
    const encoder = new TextEncoder();
    this.#objects = new Map(
      Object.entries(texts).map(([name, text]) => [
        name,
        typeof text === 'string' ? encoder.encode(text) : text,
      ]),
    );
  }

  list(): readonly InputObject[] {
    return [...this.#objects].map(([name, bytes]) => ({ object: name, name, bytes: bytes.length }));
  }

  read(name: string, start: number, end: number): Promise<Uint8Array> {
    const bytes = this.#objects.get(name);
    if (bytes === undefined) return Promise.reject(new Error(`no object ${name}`));
    return Promise.resolve(bytes.slice(start, end));
  }

  scan(): never {
    throw new Error('these objects are not a store');
  }
}
