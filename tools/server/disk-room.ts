/**
 * How much of this machine's disk is left. Objects ask, since the runtime has no way to measure it. And a file is kept
 * for the moment when a server shall start and nothing is left: it starts in the room that the file leaves.
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

  /** Makes the kept file if there is room for it. */
  keep(): void {
    const { freeBytes } = this.measure();
    const bytes = this.#keptBytes();
    const isKept = sizeOf(this.#keptFile) >= bytes;
    if (!isKept && freeBytes >= bytes * KEEP_FROM) writeFileSync(this.#keptFile, new Uint8Array(bytes));
  }

  /** Before a server starts on a full disk: it writes before it serves. One that runs has journals to give back. */
  giveUpIfFull(): void {
    if (this.measure().freeBytes < this.#keptBytes()) rmSync(this.#keptFile, { force: true });
  }

  #keptBytes(): number {
    return Math.min(Math.floor(this.measure().totalBytes * KEPT.fraction), KEPT.bytesMax);
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
