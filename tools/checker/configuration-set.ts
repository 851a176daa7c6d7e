/**
 * Where the search has been. A configuration is the set of operations linearized so far, and the state they led to;
 * what can follow depends on nothing else, so no configuration is worth a second visit (Lowe, "Testing for
 * linearizability", 2017).
 *
 * S1  Two configurations are told apart by comparing them word by word. The hash decides speed, never the verdict.
 * S2  A hash follows from its set alone: it is the exclusive or of one fixed word for each member (Zobrist), so that
 *     one operation more or less costs one instruction, however long the history.
 */

import { at } from './word.ts';

/** A stored configuration: its hash, its state, and the words of its set between the words of only ones and of zeros. */
const HASH = 0;
const STATE = 1;
const FIRST = 2;
const LENGTH = 3;
const HEADER_WORDS = 4;

const FULL_WORD = 0xffffffff;
const SLOTS_AT_FIRST = 64;
const ARENA_WORDS_AT_FIRST = 512;

export class ConfigurationSet {
  /** The members of the current set, one bit each. */
  readonly #members: Uint32Array;
  /** Words of operations that may stay out of the set for ever, and so would keep every word after them. */
  readonly #headWords: number;
  #hash = 0;
  /** Open addressing: 0, or the place of a configuration in the arena plus one. */
  #slots = new Int32Array(SLOTS_AT_FIRST);
  #arena = new Uint32Array(ARENA_WORDS_AT_FIRST);
  #arenaLength = 0;
  #size = 0;

  /** Operations are numbered from 0, in about the order of their linearization but for the first `headSize`. */
  constructor(operations: number, headSize: number) {
    this.#headWords = (headSize + 31) >>> 5;
    this.#members = new Uint32Array((operations + 31) >>> 5);
  }

  get bytes(): number {
    return this.#arena.byteLength + this.#slots.byteLength;
  }

  has(operation: number): boolean {
    return ((at(this.#members, operation >>> 5) >>> (operation & 31)) & 1) === 1;
  }

  /** Puts an operation into the current set, or takes it out. */
  toggle(operation: number): void {
    const word = operation >>> 5;
    this.#members[word] = at(this.#members, word) ^ (1 << (operation & 31));
    this.#hash ^= scatter(operation + 1);
  }

  /** Remembers the current set with this state. False if it was remembered before. */
  add(state: number): boolean {
    const hash = (this.#hash ^ scatter(~state)) >>> 0;
    const [first, length] = this.#span();
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let place = at(this.#slots, slot); place !== 0; place = at(this.#slots, slot)) {
      if (this.#equals(place - 1, hash, state, first, length)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#store(hash, state, first, length) + 1;
    this.#size += 1;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return true;
  }

  /** The words that say something: after the head, skips the leading words of ones and the trailing words of zeros. */
  #span(): readonly [first: number, length: number] {
    let end = this.#members.length;
    while (end > this.#headWords && this.#members[end - 1] === 0) end -= 1;
    let first = this.#headWords;
    while (first < end && this.#members[first] === FULL_WORD) first += 1;
    return [first, end - first];
  }

  #equals(place: number, hash: number, state: number, first: number, length: number): boolean {
    const arena = this.#arena;
    if (arena[place + HASH] !== hash || arena[place + STATE] !== state) return false;
    if (arena[place + FIRST] !== first || arena[place + LENGTH] !== length) return false;
    const head = place + HEADER_WORDS;
    for (let word = 0; word < this.#headWords; word += 1) {
      if (arena[head + word] !== this.#members[word]) return false;
    }
    const window = head + this.#headWords;
    for (let word = 0; word < length; word += 1) {
      if (arena[window + word] !== this.#members[first + word]) return false;
    }
    return true;
  }

  #store(hash: number, state: number, first: number, length: number): number {
    const place = this.#arenaLength;
    this.#arenaLength += HEADER_WORDS + this.#headWords + length;
    if (this.#arenaLength > this.#arena.length) {
      const larger = new Uint32Array(2 * this.#arenaLength);
      larger.set(this.#arena);
      this.#arena = larger;
    }
    const arena = this.#arena;
    arena[place + HASH] = hash;
    arena[place + STATE] = state;
    arena[place + FIRST] = first;
    arena[place + LENGTH] = length;
    const head = place + HEADER_WORDS;
    for (let word = 0; word < this.#headWords; word += 1) arena[head + word] = at(this.#members, word);
    const window = head + this.#headWords;
    for (let word = 0; word < length; word += 1) arena[window + word] = at(this.#members, first + word);
    return place;
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(4 * old.length);
    const mask = slots.length - 1;
    for (const place of old) {
      if (place === 0) continue;
      let slot = at(this.#arena, place - 1 + HASH) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place;
    }
    this.#slots = slots;
  }
}

/** A bijection of 32-bit words in which each bit of the input reaches each bit of the output (MurmurHash3, fmix32). */
function scatter(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
