/** A version is given to one write of a shard, and never again, wherever the shard goes (src/kv/machine.ts). */
export class Versions {
  readonly #writers = new Map<string, string>();

  /** Returns what is wrong. Of the shard's keys one is enough: a version that is given again is given to it again, too. */
  given(key: string, version: number, writer: string): string | undefined {
    const name = `version ${version} of ${key}`;
    const known = this.#writers.get(name) ?? writer;
    this.#writers.set(name, known);
    return known === writer ? undefined : `${name} was given to ${known} and to ${writer}`;
  }
}
