/**
 * The disk of the machine, where objects share one and the host can be asked about it. Growth is admitted while a
 * reserve is free, or while the object's own file has free pages, which deletions leave and nobody else can take.
 *
 * A reading is a moment old when it is used. So what was admitted since is taken off, at the most that it can take:
 * a row of the log and one of the state, each in the journal and in the file, at three replicas. So is what the replicas
 * have not written of their states, by what this one has not.
 */

import { decodeText } from '../../src/codec/index.ts';

/** A part of the disk, but no more than the journals of many objects can take. */
const RESERVE = { fraction: 0.2, bytesMax: 256 << 20 } as const;
const OWN_RESERVE = { fraction: 1 / 16, bytesMin: 256 << 10 } as const;
const COPIES = { ofAll: 12, ofState: 6, ofOne: 2 } as const;
/** A reading is taken again after so long; with so many times the reserve free, much later. */
const FRESH_MS = { scarce: 200, ample: 5_000, ampleReserves: 8 } as const;

/** A smaller journal is not worth the start of an object. */
const JOURNAL_BYTES_MIN = 512 << 10;

interface Reading {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Of the object: its database, and the journal beside it. */
  readonly fileBytes: number;
  readonly journalBytes: number;
}

/** What answers for the machine (tools/server/disk-room.ts). */
export interface DiskHost {
  fetch(url: string): Promise<Response>;
}

export class DiskGauge {
  readonly #host: DiskHost;
  readonly #object: string;
  #reading: Reading | undefined;
  #readAtMs = 0;
  #refreshing: Promise<void> | undefined;
  /** Bytes of commands under way, and of those that ended since the last reading began. */
  #open = 0;
  #settled = 0;

  constructor(host: DiskHost, object: string) {
    this.#host = host;
    this.#object = object;
  }

  /** Before a command of so many bytes is carried out; what is returned is to be called after it. */
  async admit(bytes: number): Promise<() => void> {
    this.#open += bytes;
    if (this.isStale || this.#freeBytes() < this.#reserveBytes()) await this.refresh();
    return () => {
      this.#open -= bytes;
      this.#settled += bytes;
    };
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** In words; `usedBytes` of the object's file are in use, and `keptBytes` are to be written. Once it is short, it takes twice the room to be so no more. */
  shortage(usedBytes: number, keptBytes: number, wasShort: boolean): string | undefined {
    const free = this.#freeBytes() - COPIES.ofState * keptBytes;
    if (this.#reading === undefined || free >= this.#reserveBytes()) return undefined;
    const { fileBytes, freeBytes, totalBytes } = this.#reading;
    const own = fileBytes - usedBytes - COPIES.ofOne * (this.#open + this.#settled) - keptBytes;
    const reserve = Math.max(OWN_RESERVE.bytesMin, fileBytes * OWN_RESERVE.fraction);
    if (own >= reserve * (wasShort ? 2 : 1)) return undefined;
    return `the disk of this machine has ${freeBytes} of ${totalBytes} bytes free, fewer than the reserve`;
  }

  /** The journal is of use only until it is copied into the file; on a disk like this it should not be kept longer. */
  get mustGiveBackJournal(): boolean {
    const { freeBytes = 0, journalBytes = 0 } = this.#reading ?? {};
    return freeBytes < this.#reserveBytes() / 2 && journalBytes >= JOURNAL_BYTES_MIN;
  }

  #freeBytes(): number {
    return (this.#reading?.freeBytes ?? 0) - COPIES.ofAll * (this.#open + this.#settled);
  }

  #reserveBytes(): number {
    return Math.min((this.#reading?.totalBytes ?? 0) * RESERVE.fraction, RESERVE.bytesMax);
  }

  get isStale(): boolean {
    const isAmple = this.#freeBytes() >= FRESH_MS.ampleReserves * this.#reserveBytes();
    return (
      Date.now() - this.#readAtMs >=
      (isAmple && this.#reading !== undefined ? FRESH_MS.ample : FRESH_MS.scarce)
    );
  }

  async #read(): Promise<void> {
    const settled = this.#settled;
    try {
      const response = await this.#host.fetch(`http://disk/${this.#object}`);
      this.#reading = JSON.parse(decodeText(new Uint8Array(await response.arrayBuffer())));
    } catch (error) {
      console.error('the disk of this machine cannot be measured:', error);
    }
    this.#settled -= settled;
    this.#readAtMs = Date.now();
  }
}
