/**
 * The lines of a body, a block at a time and each of them bounded. It reads no further than it is asked to, so a sender who
 * is too fast waits.
 *
 * What has not ended yet is kept, and counts among the bodies if it is long; what finds no room is not read on, and given up
 * after a while. Of time, only that counts in which a line was waited for.
 */

import { decodeText } from '../../src/codec/index.ts';
import { LIMITS } from '../../src/protocol/index.ts';
import type { ByteBudget, Lease } from '../../src/replica/index.ts';
import { PRESSED_MS, room, SMALL_BYTES_MAX } from '../room.ts';
import { appended } from '../routes/body.ts';

/** A line without its end; undefined if it is no UTF-8. */
export type StreamLine = string | undefined;

export type LinesRead =
  | { readonly type: 'lines'; readonly lines: readonly StreamLine[] }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly why: LineFailure };

export type LineFailure = 'line-too-long' | 'body-timeout' | 'body-incomplete' | 'overloaded';

const LINE_END = 0x0a;
const NOTHING = new Uint8Array(0);

export class LineReader {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #bodies: ByteBudget;
  #kept: Uint8Array = NOTHING;
  #bytes = 0;
  #lease: Lease | undefined;
  #waitsSinceMs: number | undefined;
  #failure: LineFailure | undefined;
  #isAtEnd = false;

  constructor(body: ReadableStream<Uint8Array>, bodies: ByteBudget) {
    this.reader = body.getReader();
    this.#bodies = bodies;
  }

  async next(): Promise<LinesRead> {
    if (this.#isAtEnd) return { type: 'end' };
    this.#waitsSinceMs = Date.now();
    try {
      for (;;) {
        if (this.#failure !== undefined) return { type: 'failed', why: this.#failure };
        const read = await this.reader.read().catch(() => undefined);
        if (this.#failure !== undefined) continue;
        if (read === undefined) return { type: 'failed', why: 'body-incomplete' };
        if (read.done) return this.#last();
        const lines = await this.#add(read.value);
        if (lines.length > 0) return { type: 'lines', lines };
      }
    } finally {
      this.#waitsSinceMs = undefined;
    }
  }

  /** From time to time: gives up what takes too long. */
  look(): void {
    if (this.#waitsSinceMs === undefined || this.#failure !== undefined) return;
    const waitsMs = Date.now() - this.#waitsSinceMs;
    const isInTheWay =
      this.#bytes > SMALL_BYTES_MAX &&
      waitsMs > PRESSED_MS.body &&
      this.#bodies.hasRefusedWithin(PRESSED_MS.body);
    if (waitsMs >= LIMITS.streamIdleMsMax) this.#fail('body-timeout');
    else if (isInTheWay) this.#fail('overloaded');
  }

  /** Also when nobody wants more. */
  end(): void {
    this.#drop();
    this.#isAtEnd = true;
    this.reader.cancel().catch(() => {});
  }

  #fail(why: LineFailure): void {
    this.#failure = why;
    // It ends the read that waits.
    this.reader.cancel().catch(() => {});
  }

  #last(): LinesRead {
    this.#isAtEnd = true;
    if (this.#bytes === 0) return { type: 'end' };
    const lines = [decoded(this.#kept.subarray(0, this.#bytes))];
    this.#drop();
    return { type: 'lines', lines };
  }

  /** The lines that end in this chunk. */
  async #add(chunk: Uint8Array): Promise<readonly StreamLine[]> {
    const first = chunk.indexOf(LINE_END);
    if (first === -1) {
      await this.#keep(chunk);
      return [];
    }
    if (this.#bytes + first > LIMITS.batchLineBytesMax) {
      this.#failure = 'line-too-long';
      return [];
    }
    const end = chunk.lastIndexOf(LINE_END) + 1;
    // The first line may have begun in earlier chunks.
    const hasBegun = this.#bytes > 0;
    const lines = hasBegun ? [decoded(this.#joined(chunk.subarray(0, first)))] : [];
    this.#drop();
    this.#split(chunk.subarray(hasBegun ? first + 1 : 0, end), lines);
    if (end < chunk.length && this.#failure === undefined) await this.#keep(chunk.subarray(end));
    return lines;
  }

  #joined(chunk: Uint8Array): Uint8Array {
    const bytes = this.#bytes + chunk.length;
    return appended(this.#kept, this.#bytes, chunk, LIMITS.batchLineBytesMax).subarray(0, bytes);
  }

  /** Each of which has its end. Decoding them together takes a fraction of what it takes one by one. */
  #split(block: Uint8Array, lines: StreamLine[]): void {
    const text = block.length <= LIMITS.batchLineBytesMax ? decoded(block) : undefined;
    if (text !== undefined) {
      const all = text.split('\n');
      all.pop();
      for (const line of all) lines.push(line);
      return;
    }
    for (let from = 0; from < block.length; ) {
      const end = block.indexOf(LINE_END, from);
      if (end - from > LIMITS.batchLineBytesMax) {
        this.#failure = 'line-too-long';
        return;
      }
      lines.push(decoded(block.subarray(from, end)));
      from = end + 1;
    }
  }

  /** The beginning of a line. */
  async #keep(chunk: Uint8Array): Promise<void> {
    const bytes = this.#bytes + chunk.length;
    if (bytes > LIMITS.batchLineBytesMax) {
      this.#failure = 'line-too-long';
      return;
    }
    // As large as the buffer will be; while it grows, the old one is a copy on the way.
    const size = Math.min(LIMITS.batchLineBytesMax, Math.max(bytes, 2 * this.#kept.length));
    if (bytes > this.#kept.length && bytes > SMALL_BYTES_MAX) {
      this.#giveLease();
      this.#lease = await room(this.#bodies, size, LIMITS.roomWaitMsMax);
      if (this.#lease === undefined) {
        this.#failure = 'overloaded';
        return;
      }
    }
    // A copy, since a chunk may be a part of something much longer.
    this.#kept =
      this.#bytes === 0 ? chunk.slice() : appended(this.#kept, this.#bytes, chunk, LIMITS.batchLineBytesMax);
    this.#bytes = bytes;
  }

  #drop(): void {
    this.#kept = NOTHING;
    this.#bytes = 0;
    this.#giveLease();
  }

  #giveLease(): void {
    if (this.#lease !== undefined) this.#bodies.give(this.#lease);
    this.#lease = undefined;
  }
}

function decoded(bytes: Uint8Array): StreamLine {
  try {
    return decodeText(bytes);
  } catch {
    return undefined;
  }
}
