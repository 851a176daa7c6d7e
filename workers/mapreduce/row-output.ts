/**
 * Reduce output on its way into the store. An attempt keeps it on its worker's disk; when the coordinator has chosen
 * the attempt, the worker puts it into the store, a key at a time. What a crash interrupts is put once more: that
 * makes no difference, for the same attempt has the same values.
 */
import { encodeLooseText } from '../../src/codec/index.ts';
import { type AttemptId, deleteRows, type OutputSink, type PublishOrder } from '../../src/mapreduce/index.ts';
import { keyProblem, LIMITS } from '../../src/protocol/index.ts';
import type { KeyRange, Table } from '../../src/storage/index.ts';
import { callAll } from './calling.ts';
import { OUTPUT_PAGE_ROW, type OutputPair, type PublishOutcome, ROW_RECEIPT } from './codecs.ts';
import type { TaskOutput } from './output.ts';
import type { StoreAccess } from './store-access.ts';

const PAGE_BYTES = 64 * 1_024;
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
    let page: OutputPair[] = [];
    let pageBytes = 0;
    let pages = 0;
    const flush = (): void => {
      this.#disk.put(`${prefix}${pages}`, OUTPUT_PAGE_ROW.encode(page));
      pages += 1;
      page = [];
      pageBytes = 0;
    };
    return {
      write: (key, given) => {
        const value = encodeLooseText(given);
        checkStorable(`${this.#keyPrefix}${key}`, value);
        page.push({ key, value });
        pageBytes += 2 * key.length + value.length;
        if (pageBytes >= PAGE_BYTES) flush();
      },
      finish: async () => {
        flush();
        return ROW_RECEIPT.encode(pages);
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
  readonly #begun = new Map<string, Promise<PublishOutcome>>();

  publish(disk: Table, store: StoreAccess, order: PublishOrder, keyPrefix: string): Promise<PublishOutcome> {
    const name = `${order.reduce}/${order.attempt}`;
    const begun = this.#begun.get(name) ?? publishRows(disk, store, order, keyPrefix);
    this.#begun.set(name, begun);
    const ended = begun.finally(() => this.#begun.delete(name));
    return Promise.race([ended, scheduler.wait(PATIENCE_MS).then(() => 'working' as const)]);
  }
}

/** Before the store refuses it, so that the reason is the job's. */
function checkStorable(key: string, value: Uint8Array): void {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new Error(`${JSON.stringify(key)} is no key of the store: ${problem}`);
  if (value.length > LIMITS.valueBytesMax)
    throw new Error(`the value of ${JSON.stringify(key)} is too large for the store`);
}

/** Puts the rows of an order into the store, under the prefix. */
async function publishRows(
  disk: Table,
  store: StoreAccess,
  { reduce, attempt, output }: PublishOrder,
  keyPrefix: string,
): Promise<PublishOutcome> {
  const pages = ROW_RECEIPT.decode(output);
  for (let page = 0; page < pages; page += 1) {
    const row = disk.get(`${rowsOf(reduce, attempt).prefix}${page}`);
    if (row === undefined) return 'gone';
    const puts = await callAll(OUTPUT_PAGE_ROW.decode(row), (each) => put(store, keyPrefix, each));
    if (puts.includes(false)) return 'failed';
  }
  return 'published';
}

async function put(store: StoreAccess, keyPrefix: string, { key, value }: OutputPair): Promise<boolean> {
  const outcome = await store.write({ type: 'put', key: `${keyPrefix}${key}`, value });
  return outcome.type === 'answered' && outcome.result.type === 'written';
}

function rowsOf(reduce: number, attempt: number): { readonly prefix: string; readonly range: KeyRange } {
  const prefix = `output/${reduce}/${attempt}/`;
  // `0` follows `/` in the order of keys.
  return { prefix, range: { from: prefix, to: `${prefix.slice(0, -1)}0` } };
}
