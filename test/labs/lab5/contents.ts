/** What the course's tests put into the store, and expect to find there. Keys are "0", "1", …: ten of them hit ten shards. */

import type { LabClerk } from '../clerk.ts';
import { check } from '../lab-test.ts';
import { joinAll, type Process, spawn, type Thread } from '../process.ts';
import type { ShardedKv } from './sharded-kv.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export class Contents {
  readonly #kv: ShardedKv;
  readonly #values = new Map<string, string>();

  constructor(kv: ShardedKv) {
    this.#kv = kv;
  }

  get keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  valueOf(key: string): string {
    return this.#values.get(key) ?? '';
  }

  random(length: number): string {
    const { random } = this.#kv.world;
    return Array.from({ length }, () => LETTERS[random.below(LETTERS.length)]).join('');
  }

  *putAll(clerk: LabClerk, count: number, length: number): Process {
    for (let key = 0; key < count; key += 1) yield* this.put(clerk, String(key), this.random(length));
  }

  *put(clerk: LabClerk, key: string, value: string): Process {
    yield* clerk.put(key, value);
    this.#values.set(key, value);
  }

  *append(clerk: LabClerk, key: string, value: string): Process {
    const before = yield* clerk.append(key, value);
    check(before === this.valueOf(key), `an append to ${key} found ${before}, not ${this.valueOf(key)}`);
    this.#values.set(key, before + value);
  }

  *check(clerk: LabClerk, keys: readonly string[] = this.keys): Process {
    for (const key of keys) {
      const value = yield* clerk.get(key);
      check(value === this.valueOf(key), `${key} is ${value}, not ${this.valueOf(key)}`);
    }
  }

  *checkAndAppend(clerk: LabClerk, length: number): Process {
    for (const key of this.keys) {
      yield* this.check(clerk, [key]);
      yield* this.append(clerk, key, this.random(length));
    }
  }

  /** A clerk for each key, which appends to it until it is told to stop. */
  startAppenders({ length, pauseMs }: { readonly length: number; readonly pauseMs: number }): Appenders {
    const state = { isOver: false, appends: 0 };
    const appendTo = function* (this: Contents, key: string): Process {
      const clerk = this.#kv.makeClerk();
      while (!state.isOver) {
        yield* this.append(clerk, key, this.random(length));
        state.appends += 1;
        if (pauseMs > 0) yield* this.#kv.sleep(pauseMs);
      }
    };
    const threads = this.keys.map((key) => spawn(appendTo.call(this, key)));
    return new Appenders(threads, state);
  }
}

export class Appenders {
  readonly #threads: readonly Thread<void>[];
  readonly #state: { isOver: boolean; appends: number };

  constructor(threads: readonly Thread<void>[], state: { isOver: boolean; appends: number }) {
    this.#threads = threads;
    this.#state = state;
  }

  get appends(): number {
    return this.#state.appends;
  }

  *stop(): Process {
    this.#state.isOver = true;
    yield* joinAll(this.#threads);
  }
}
