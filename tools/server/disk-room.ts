/**
 * How much of this machine's disk is left. Objects ask, since the runtime has no way to measure it; and when nothing is
 * left, a file that was kept for that moment is given up: a server starts, and a journal grows, in the room it leaves.
 */

import { readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Response } from 'miniflare';

const DATABASE = '.sqlite';
const JOURNAL = '-wal';

/** Of the disk, but no more than the journal of one object takes. */
const KEPT = { fraction: 0.05, bytesMax: 4 << 20 } as const;
/** It is kept while so many times its size is free besides, so that to keep it fills no disk. */
const KEEP_FROM = 4;
const GIVE_UP_FROM = 1 / 2;

export class DiskRoom {
  readonly #folder: string;
  readonly #keptFile: string;

  /** `keptFile` is on the disk of `folder`. */
  constructor(folder: string, keptFile: string) {
    this.#folder = folder;
    this.#keptFile = keptFile;
  }

  measure(): { readonly freeBytes: number; readonly totalBytes: number } {
    const { bavail, blocks, bsize } = statfsSync(this.#folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }

  /** Gives the kept file up, or makes it, as the disk is. */
  keep(): void {
    const { freeBytes, totalBytes } = this.measure();
    const bytes = Math.min(Math.floor(totalBytes * KEPT.fraction), KEPT.bytesMax);
    const isKept = sizeOf(this.#keptFile) >= bytes;
    if (freeBytes < bytes * GIVE_UP_FROM) rmSync(this.#keptFile, { force: true });
    else if (!isKept && freeBytes >= bytes * KEEP_FROM) writeFileSync(this.#keptFile, new Uint8Array(bytes));
  }
}

/** Answers requests for `/<id of an object>`. Databases lie in a folder for each class. */
export function answerAboutDisk(
  room: DiskRoom,
  dataFolder: string,
): (request: { readonly url: string }) => Response {
  const paths = new Map<string, string>();
  const pathOf = (object: string): string | undefined => {
    const known = paths.get(object) ?? findDatabase(join(dataFolder, 'do'), `${object}${DATABASE}`);
    if (known !== undefined) paths.set(object, known);
    return known;
  };
  return ({ url }) => {
    room.keep();
    const path = pathOf(basename(new URL(url).pathname));
    return Response.json({
      ...room.measure(),
      fileBytes: path === undefined ? 0 : sizeOf(path),
      journalBytes: path === undefined ? 0 : sizeOf(`${path}${JOURNAL}`),
    });
  };
}

function findDatabase(folder: string, name: string): string | undefined {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === name)
    .map((path) => join(folder, path))[0];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
