/**
 * Reduce output on its way into the store. An attempt keeps it on its worker's disk; when the coordinator has chosen
 * the attempt, the worker puts it into the store, a key at a time. What a crash interrupts is put once more: that
 * makes no difference, for the same attempt has the same values.
 */
import { decode, encode } from 'cborg';
import { type AttemptId, deleteRows, type OutputSink, type PublishOrder } from '../../src/mapreduce/index.ts';
import { keyProblem, LIMITS } from '../../src/protocol/index.ts';
import type { KeyRange, Table } from '../../src/storage/index.ts';
import type { KvBackend } from '../backend.ts';
import type { Published } from './publisher.ts';
import type { TaskOutput } from './task-output.ts';

type Pair = readonly [key: string, value: string];

const PAGE_BYTES = 64 * 1_024;
/** The platform allows six connections a request. */
const PUTS_AT_ONCE = 6;
/** A caller hears at least so often that the work goes on. */
const PATIENCE_MS = 3_000;

export class RowOutput implements TaskOutput {
  readonly #disk: Table;
  readonly #keyPrefix: string;

  constructor(disk: Table, keyPrefix: string) {
    this.#disk = disk;
    this.#keyPrefix = keyPrefix;
  }

  open(attempt: AttemptId): OutputSink {
    const { prefix } = rowsOf(attempt.task, attempt.attempt);
    let page: Pair[] = [];
    let bytes = 0;
    let pages = 0;
    const flush = (): void => {
      this.#disk.put(`${prefix}${pages}`, encode(page));
      pages += 1;
      page = [];
      bytes = 0;
    };
    return {
      write: (key, value) => {
        checkStorable(`${this.#keyPrefix}${key}`, value);
        page.push([key, value]);
        bytes += 2 * (key.length + value.length);
        if (bytes >= PAGE_BYTES) flush();
      },
      finish: async () => {
        flush();
        return String(pages);
      },
      discard: () => this.discard(attempt),
    };
  }

  async discard({ task, attempt }: AttemptId): Promise<void> {
    deleteRows(this.#disk, rowsOf(task, attempt).range);
  }
}

/** A worker's orders to publish, each carried out once at a time; they may take longer than one call. */
export class RowPublisher {
  readonly #begun = new Map<string, Promise<Published>>();

  publish(disk: Table, store: KvBackend, order: PublishOrder, keyPrefix: string): Promise<Published> {
    const name = `${order.reduce}/${order.attempt}`;
    const begun = this.#begun.get(name) ?? publishRows(disk, store, order, keyPrefix);
    this.#begun.set(name, begun);
    const ended = begun.finally(() => this.#begun.delete(name));
    return Promise.race([ended, scheduler.wait(PATIENCE_MS).then(() => 'working' as const)]);
  }
}

/** Before the store refuses it, so that the reason is the job's. */
function checkStorable(key: string, value: string): void {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new Error(`${JSON.stringify(key)} is no key of the store: ${problem}`);
  if (new TextEncoder().encode(value).length > LIMITS.valueBytesMax)
    throw new Error(`the value of ${JSON.stringify(key)} is too large for the store`);
}

/** Puts the rows of an order into the store, under the prefix. */
async function publishRows(
  disk: Table,
  store: KvBackend,
  { reduce, attempt, output }: PublishOrder,
  keyPrefix: string,
): Promise<Published> {
  for (let page = 0; page < Number(output); page += 1) {
    const bytes = disk.get(`${rowsOf(reduce, attempt).prefix}${page}`);
    if (bytes === undefined) return 'gone';
    const pairs: Pair[] = decode(bytes);
    for (let from = 0; from < pairs.length; from += PUTS_AT_ONCE) {
      const puts = pairs.slice(from, from + PUTS_AT_ONCE).map((pair) => put(store, keyPrefix, pair));
      if ((await Promise.all(puts)).includes(false)) return 'failed';
    }
  }
  return 'published';
}

async function put(store: KvBackend, keyPrefix: string, [key, value]: Pair): Promise<boolean> {
  const command = { type: 'put', key: `${keyPrefix}${key}`, value: new TextEncoder().encode(value) } as const;
  const outcome = await store.write({ command, session: undefined });
  return outcome.type === 'answer' && outcome.result.type === 'written';
}

function rowsOf(reduce: number, attempt: number): { readonly prefix: string; readonly range: KeyRange } {
  const prefix = `output/${reduce}/${attempt}/`;
  // `0` follows `/` in the order of keys.
  return { prefix, range: { from: prefix, to: `${prefix.slice(0, -1)}0` } };
}
