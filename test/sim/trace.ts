/**
 * What happened, as a hash that tells two runs apart and, if somebody listens, as lines: notes of the simulator's own,
 * and the prose of the replicas.
 *
 * sim.T1  The hash is the same whether somebody listens or not.
 */

export type TraceFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where things are noted. */
export interface Notes {
  note(event: string, fields: TraceFields): void;
  /** As `note`, of what the replicas put into words themselves: it is in the hash, and not printed. */
  mix(event: string, fields: TraceFields): void;
  /** Where the replicas of a group say what they do. Undefined: nobody listens. */
  proseOf(group: string): ((line: string) => void) | undefined;
}

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

export class Trace implements Notes {
  readonly #nowMs: () => number;
  readonly #print: ((line: string) => void) | undefined;
  #hash = OFFSET_BASIS;
  #notes = 0;

  constructor(nowMs: () => number, print: ((line: string) => void) | undefined) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  get hash(): string {
    return `${(this.#hash >>> 0).toString(16).padStart(8, '0')}-${this.#notes}`;
  }

  /** Notes that say of which group they are. */
  within(group: string): Notes {
    return {
      note: (event, fields) => this.note(event, { group, ...fields }),
      mix: (event, fields) => this.mix(event, { group, ...fields }),
      proseOf: (name) => this.proseOf(name),
    };
  }

  note(event: string, fields: TraceFields): void {
    this.#notes += 1;
    this.mix(event, fields);
    if (this.#print === undefined) return;
    const parts = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    this.#print(`${this.#time()} ${event} ${parts.join(' ')}`);
  }

  mix(event: string, fields: TraceFields): void {
    this.#mixNumber(this.#nowMs());
    this.#mixText(event);
    for (const name in fields) {
      const value = fields[name];
      if (typeof value === 'number') this.#mixNumber(value);
      else this.#mixText(String(value));
    }
  }

  proseOf(group: string): ((line: string) => void) | undefined {
    const print = this.#print;
    return print && ((line) => print(`${this.#time()} ${group}: ${line}`));
  }

  #time(): string {
    return (this.#nowMs() / 1000).toFixed(3).padStart(8);
  }

  #mixNumber(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), PRIME);
    this.#hash = Math.imul(this.#hash ^ (value / 0x100000000), PRIME);
  }

  #mixText(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(at), PRIME);
    }
  }
}
