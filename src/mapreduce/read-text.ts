/**
 * Reads a text split as pieces for `map`. A piece ends at a line's end, so no line, word or UTF-8 character is cut:
 *
 * mapreduce.S1  A line belongs to the split in which its first byte lies. A reader therefore begins one byte before its split
 *    and drops everything up to the first line feed (the line under way belongs to an earlier split; if that one byte
 *    is a line feed, nothing is lost), and it reads on beyond its end until the last line it began is complete.
 *    A line feed byte is never part of another character in UTF-8, so this is safe at any boundary.
 * mapreduce.S2  A line longer than `contentsBytesMax` is handed on in parts, cut only after a character of which the application
 *    says that it ends a word. If there is none, or the application wants whole lines, the job cannot be done.
 */
import { decodeText, FormatError } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import { type Application, HopelessError } from './application.ts';
import { LINE_FEED } from './lines.ts';
import type { Document, InputSource, TextSplit } from './splits.ts';

type EndsWord = Application['endsWord'];

const CHARACTER_BYTES_MAX = 4;

export async function* readText(
  source: InputSource,
  split: TextSplit,
  contentsBytesMax: number,
  endsWord?: EndsWord,
): AsyncGenerator<Document, void> {
  const reader = new ByteReader(source, split, contentsBytesMax, endsWord);
  if (split.start > 0 && !(await reader.skipLine())) return;
  while (reader.position < split.end || reader.insideLine) {
    const { position } = reader;
    const contents = await reader.takeLines(split.end);
    yield { name: split.name, contents, offset: position };
  }
}

/** A window of at most `windowBytesMax` bytes that moves over the object. */
class ByteReader {
  readonly #source: InputSource;
  readonly #split: TextSplit;
  readonly #windowBytesMax: number;
  readonly #endsWord: EndsWord;
  #window: Uint8Array = new Uint8Array(0);
  /** Where in the object the window begins: the first byte not taken yet. */
  position: number;
  /** Only a part of the line under way has been taken (mapreduce.S2). */
  insideLine = false;

  constructor(source: InputSource, split: TextSplit, windowBytesMax: number, endsWord: EndsWord) {
    invariant(windowBytesMax >= CHARACTER_BYTES_MAX, 'a window holds at least one character');
    this.#endsWord = endsWord;
    this.#source = source;
    this.#split = split;
    this.#windowBytesMax = windowBytesMax;
    this.position = Math.max(0, split.start - 1);
  }

  /** False when the line has no end within the split: then no line begins in it. */
  async skipLine(): Promise<boolean> {
    while (this.position < this.#split.end) {
      await this.#fill();
      const end = this.#window.indexOf(LINE_FEED);
      if (end >= 0) {
        this.#take(end + 1);
        return true;
      }
      this.#take(this.#window.length);
    }
    return false;
  }

  /** As many whole lines as fit, none that begins at `lineStartMax` or later; part of a line only if it does not fit. */
  async takeLines(lineStartMax: number): Promise<Uint8Array> {
    await this.#fill();
    const isRest = this.position + this.#window.length === this.#split.objectBytes;
    // The line that holds the byte before `lineStartMax` is the last one to begin early enough.
    const lastStart = Math.max(0, lineStartMax - this.position - 1);
    const lastEnd = lastStart < this.#window.length ? this.#window.indexOf(LINE_FEED, lastStart) : -1;
    if (lastEnd >= 0) return this.#take(lastEnd + 1);
    if (isRest) return this.#take(this.#window.length);
    const fits = this.#window.lastIndexOf(LINE_FEED) + 1;
    return this.#take(fits > 0 ? fits : this.#wordsLength());
  }

  async #fill(): Promise<void> {
    const from = this.position + this.#window.length;
    const to = Math.min(this.#split.objectBytes, this.position + this.#windowBytesMax);
    if (to <= from) return;
    const more = await this.#source.read(this.#split.object, from, to);
    invariant(more.length === to - from, `${this.#split.name} gives the bytes it was asked for`);
    const window = new Uint8Array(this.#window.length + more.length);
    window.set(this.#window);
    window.set(more, this.#window.length);
    this.#window = window;
  }

  #take(length: number): Uint8Array {
    const taken = this.#window.subarray(0, length);
    this.#window = this.#window.subarray(length);
    this.position += length;
    this.insideLine = taken.at(-1) !== LINE_FEED && this.position < this.#split.objectBytes;
    return taken;
  }

  /** How much of a long line can be cut off without cutting a word. */
  #wordsLength(): number {
    const place = `${this.#split.name}, offset ${this.position}`;
    const most = `${this.#windowBytesMax} bytes`;
    if (this.#endsWord === undefined) throw new HopelessError(`${place}: a line of more than ${most}`);
    const length = lastWordEnd(this.#window, this.#endsWord);
    if (length > 0) return length;
    throw new HopelessError(`${place}: a line of more than ${most}, in which no word ends`);
  }
}

/** Behind the last character that ends a word; 0 if there is none. Bytes that are no character are never cut at. */
function lastWordEnd(bytes: Uint8Array, endsWord: NonNullable<EndsWord>): number {
  for (let end = bytes.length; end > 0; end -= 1) {
    const character = characterBefore(bytes, end);
    if (character !== undefined && endsWord(character)) return end;
  }
  return 0;
}

/** The character whose last byte is the one before `end`, if one ends there. */
function characterBefore(bytes: Uint8Array, end: number): string | undefined {
  let start = end - 1;
  // Bytes that continue a character are 10xxxxxx.
  while (start > 0 && end - start < CHARACTER_BYTES_MAX && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  try {
    return decodeText(bytes.subarray(start, end));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
