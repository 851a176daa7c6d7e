/** What happened, as a hash that tells two runs apart and, if somebody listens, as lines. */

export type TraceFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where things are noted. */
export interface Notes {
  note(event: string, fields: TraceFields): void;
}

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

export class Trace implements Notes {
  readonly #nowMs: () => number;
  readonly #print: ((line: string) => void) | undefined;
  #hash = OFFSET_BASIS;
  #events = 0;

  constructor(nowMs: () => number, print: ((line: string) => void) | undefined) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  get hash(): string {
    return `${(this.#hash >>> 0).toString(16).padStart(8, '0')}-${this.#events}`;
  }

  /** Notes that say of which group they are. */
  within(group: string): Notes {
    return { note: (event, fields) => this.note(event, { group, ...fields }) };
  }

  note(event: string, fields: TraceFields): void {
    this.#events += 1;
    this.#mixNumber(this.#nowMs());
    this.#mixText(event);
    for (const name in fields) {
      const value = fields[name];
      if (typeof value === 'number') this.#mixNumber(value);
      else this.#mixText(String(value));
    }
    if (this.#print === undefined) return;
    const parts = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    this.#print(`${(this.#nowMs() / 1000).toFixed(3).padStart(8)} ${event} ${parts.join(' ')}`);
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
