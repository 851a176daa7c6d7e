/**
 * A known bug, as a change of the source text. Production code has no switch for it: the text is changed when the module
 * is loaded (install.ts).
 */
export interface Mutant {
  readonly name: string;
  /** Block and number in the list of known bugs: A elections, B replication, C snapshots, D disks, E reads, F hosts; H shards; I checkpoints. */
  readonly item: string;
  /** Who had it, or what it breaks. */
  readonly why: string;
  /** Mostly one. Where two rules each cover for the other, a bug is the lack of both. */
  readonly patches: readonly Patch[];
}

export interface Patch {
  /** Below src/. */
  readonly file: string;
  /** Occurs exactly once in the file: a mutant that no longer fits must fail, and not be forgotten. */
  readonly find: string;
  readonly replace: string;
}

export class PatchError extends Error {
  override readonly name = 'PatchError';
}

export function patched(source: string, { file, find, replace }: Patch): string {
  const pieces = source.split(find);
  if (pieces.length !== 2) {
    throw new PatchError(`src/${file} has ${pieces.length - 1} places, not one, that read:\n${find}`);
  }
  return pieces.join(replace);
}
