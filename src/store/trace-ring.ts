/**
 * The latest notes of a replica, each with the time at which it was made. In memory only: a new instance begins anew.
 *
 * store.T1  A ring holds at most `notesMax` notes and `bytesMax` bytes of UTF-8: the oldest make room.
 * store.T2  A note is one line, whatever is in it, and begins with its time, so that traces can be merged line by line.
 */

import { decodeLooseText, encodeText, textByteLength } from '../codec/index.ts';

export interface TraceRingOptions {
  readonly notesMax: number;
  readonly bytesMax: number;
  /** Milliseconds since 1970. */
  readonly wallClockMs: () => number;
}

interface TimedNote {
  readonly atMs: number;
  readonly text: string;
  readonly bytes: number;
}

/** Nobody reads more of one line; an append of hundreds of entries would push everything else out. */
const LINE_CHARACTERS_MAX = 1000;

/** As `Date.toISOString` gives it. */
const TIME_CHARACTERS = '2026-11-28T05:34:00.123Z'.length;

export class TraceRing {
  readonly #options: TraceRingOptions;
  /** The note with number n is in slot n modulo `notesMax`. */
  readonly #slots: (TimedNote | undefined)[] = [];
  #oldest = 0;
  #next = 0;
  #bytes = 0;
  #latestMs = 0;

  constructor(options: TraceRingOptions) {
    this.#options = options;
  }

  note(text: string): void {
    const { notesMax, bytesMax, wallClockMs } = this.#options;
    const line = oneLine(text);
    const bytes = TIME_CHARACTERS + textByteLength(` ${line}\n`);
    // Clocks are set back now and then; the order of a ring's notes stays.
    this.#latestMs = Math.max(this.#latestMs, wallClockMs());
    if (this.#next - this.#oldest === notesMax) this.#dropOldest();
    this.#slots[this.#next % notesMax] = { atMs: this.#latestMs, text: line, bytes };
    this.#next += 1;
    this.#bytes += bytes;
    while (this.#bytes > bytesMax) this.#dropOldest();
  }

  /** One line a note, the oldest first. */
  encode(): Uint8Array {
    const { notesMax } = this.#options;
    const lines: string[] = [];
    for (let number = this.#oldest; number < this.#next; number += 1) {
      const note = this.#slots[number % notesMax];
      if (note !== undefined) lines.push(`${formatTime(note.atMs)} ${note.text}\n`);
    }
    return encodeText(lines.join(''));
  }

  #dropOldest(): void {
    const slot = this.#oldest % this.#options.notesMax;
    this.#bytes -= this.#slots[slot]?.bytes ?? 0;
    this.#slots[slot] = undefined;
    this.#oldest += 1;
  }
}

/** The notes of several rings in the order of their times; those of one ring stay in their order. */
export function mergeTraces(traces: readonly Uint8Array[]): string {
  return traces
    .flatMap((trace) => decodeLooseText(trace).split(/(?<=\n)/))
    .sort((a, b) => Number(timeOf(a) > timeOf(b)) - Number(timeOf(a) < timeOf(b)))
    .join('');
}

const timeOf = (line: string): string => line.slice(0, TIME_CHARACTERS);

// biome-ignore lint/style/noRestrictedGlobals: it writes a time that is given, and reads no clock.
const formatTime = (atMs: number): string => new Date(atMs).toISOString();

/** Names of clients and keys may stand in a note, and they may hold any character. */
function oneLine(text: string): string {
  const short = text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX)} ...` : text;
  return short.replace(/[\p{Cc}\u2028\u2029]/gu, escapeCharacter).toWellFormed();
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
