/**
 * What each key held at each revision of its shard, as the replicas executed it, and when clerks heard of it. Every answer
 * to a read is held against it, also where no history of linearizable operations can be: of stale reads, and of pages.
 *
 * reads are of the past      An answer that names a revision shows what was there at that revision, and nothing else.
 * read your writes           It names no revision before the one that the reader had seen.
 * reads miss nothing         A linearizable one reflects all that anybody had heard of when it was asked; a stale one all
 *                            that was heard of longer ago than the age that it tells (src/replica/freshness.ts).
 */

import { SESSION_COMMAND } from '../../src/kv/index.ts';
import type { StoreResult } from '../../src/shard/index.ts';
import type { Violation } from './verdict.ts';

interface Held {
  readonly revision: number;
  /** Null: a delete. */
  readonly value: string | null;
}

/** A read and its answer, but for what was found. */
export interface Reading {
  readonly shard: number;
  readonly askedAtMs: number;
  readonly revision: number;
  /** What the reader had seen of the shard, and wanted to be reflected. */
  readonly minRevision: number;
  /** Infinite: the answer tells none. */
  readonly ageMsMax: number;
}

export interface PageQuery {
  readonly prefix: string;
  readonly after: string;
  readonly rowsMax: number;
  readonly isOfShard: (key: string) => boolean;
}

export class Past {
  /** By rising revision. */
  readonly #held = new Map<string, Held[]>();
  readonly #lost = new Set<number>();
  /** By shard; both numbers rise. */
  readonly #acknowledged = new Map<number, { readonly atMs: number; readonly revision: number }[]>();

  /** What was written in the shard was lost with a group that is gone: nobody can say any more what must be read. */
  lose(shard: number): void {
    this.#lost.add(shard);
  }

  /** A replica has executed a command. What it replies to a resend, or another replica to the same, is known. */
  executed(command: Uint8Array, result: StoreResult): void {
    if (!('version' in result)) return;
    const sent = SESSION_COMMAND.decode(command).command;
    const held = this.#held.get(sent.key) ?? [];
    this.#held.set(sent.key, held);
    const { version: revision } = result;
    const latest = held.at(-1);
    if (latest !== undefined && latest.revision >= revision) return;
    const added = sent.type === 'delete' ? null : new TextDecoder().decode(sent.value);
    const value = sent.type === 'append' ? `${latest?.value ?? ''}${added}` : added;
    held.push({ revision, value });
  }

  /** A clerk has heard that so much of the shard has happened. */
  acknowledged(shard: number, revision: number, atMs: number): void {
    const heard = this.#acknowledged.get(shard) ?? [];
    this.#acknowledged.set(shard, heard);
    if (revision > (heard.at(-1)?.revision ?? 0)) heard.push({ atMs, revision });
  }

  /** What is wrong with an answer, if something is; `value` is null if there was none. */
  problemOfValue(reading: Reading, key: string, value: string | null): Violation | undefined {
    if (this.#lost.has(reading.shard)) return undefined;
    const held = this.#at(key, reading.revision);
    if (value !== held) {
      const message = `${key} had ${held} at revision ${reading.revision}, and ${value} was read`;
      return { invariant: 'reads are of the past', message };
    }
    return this.#problemOf(reading);
  }

  problemOfPage(
    reading: Reading,
    query: PageQuery,
    rows: readonly (readonly [string, string])[],
  ): Violation | undefined {
    if (this.#lost.has(reading.shard)) return undefined;
    const expected = [...this.#held.keys()]
      .filter((key) => query.isOfShard(key) && key.startsWith(query.prefix) && key > query.after)
      .sort()
      .flatMap((key) => {
        const value = this.#at(key, reading.revision);
        return value === null ? [] : [[key, value] as const];
      })
      .slice(0, query.rowsMax);
    if (JSON.stringify(rows) !== JSON.stringify(expected)) {
      const message = `a page at revision ${reading.revision} has ${rows.map(([key]) => key)}, not ${expected.map(([key]) => key)}, or other values`;
      return { invariant: 'reads are of the past', message };
    }
    return this.#problemOf(reading);
  }

  #problemOf({ shard, askedAtMs, revision, minRevision, ageMsMax }: Reading): Violation | undefined {
    if (revision < minRevision) {
      const message = `revision ${minRevision} of shard ${shard} was seen before, and ${revision} was read`;
      return { invariant: 'read your writes', message };
    }
    const floor = this.#heardBefore(shard, askedAtMs - ageMsMax);
    if (revision >= floor) return undefined;
    const message = `revision ${floor} of shard ${shard} was heard of ${ageMsMax} ms before, and ${revision} was read`;
    return { invariant: 'reads miss nothing', message };
  }

  #at(key: string, revision: number): string | null {
    const latest = this.#held.get(key)?.findLast((held) => held.revision <= revision);
    return latest?.value ?? null;
  }

  /** Of two things in one millisecond nobody can tell here which came first: a network may take no time at all. */
  #heardBefore(shard: number, timeMs: number): number {
    const latest = this.#acknowledged.get(shard)?.findLast(({ atMs }) => atMs < timeMs);
    return latest?.revision ?? 0;
  }
}
