/**
 * Reduce output on its way into the store. An attempt keeps it on its worker's disk; when the coordinator has chosen
 * the attempt, the worker puts it into the store, a key at a time. What a crash interrupts is put once more: that
 * makes no difference, for the same attempt has the same values.
 */
import { ChunkBuilder, decodeText, encodeLooseText, encodeText, readChunk } from '../../src/codec/index.ts';
import {
  type AttemptId,
  deleteRows,
  HopelessError,
  type OutputSink,
  type PublishOrder,
  rowsUnder,
  StoredRun,
} from '../../src/mapreduce/index.ts';
import { keyProblem, LIMITS } from '../../src/protocol/index.ts';
import type { Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';
import { callAll, callWorker } from './calls.ts';
import { type PublishOutcome, ROW_RECEIPT } from './codecs.ts';
import type { JobOutput, TaskOutput } from './publisher.ts';
import type { StoreAccess } from './store-access.ts';

const CHUNK_BYTES_MAX = 64 * 1_024;
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
    const prefix = outputPrefix(attempt.task, attempt.attempt);
    const writer = new StoredRun(this.#disk, prefix, new ChunkBuilder(CHUNK_BYTES_MAX));
    return {
      write: (name, result) => {
        const key = `${this.#keyPrefix}${name}`;
        const value = encodeLooseText(result);
        checkStorable(key, value);
        writer.append({ key: encodeText(key), value });
      },
      finish: async () => ROW_RECEIPT.encode(writer.finish().chunks),
      discard: () => this.discard(attempt),
    };
  }

  async discard({ task, attempt }: AttemptId): Promise<void> {
    deleteRows(this.#disk, rowsUnder(outputPrefix(task, attempt)));
  }
}

/** The coordinator's side: the rows wait on the disk of the worker that made them. */
export function rowsOfWorkers(env: Env): JobOutput {
  return {
    publish: async (order) => {
      const reply = await callWorker(env, order.worker, { type: 'publish', order });
      return reply?.type === 'published' ? reply.outcome : 'failed';
    },
    // The store has shown them to its readers.
    clear: async () => {},
  };
}

/** A worker's orders to publish, each carried out once at a time; they may take longer than one call. */
export class RowPublisher {
  readonly #begun = new Map<string, Promise<PublishOutcome>>();

  publish(disk: Table, store: StoreAccess, order: PublishOrder): Promise<PublishOutcome> {
    const name = `${order.reduce}/${order.attempt}`;
    const begun = this.#begun.get(name) ?? publishRows(disk, store, order).catch(failed);
    this.#begun.set(name, begun);
    const ended = begun.finally(() => this.#begun.delete(name));
    return Promise.race([ended, scheduler.wait(PATIENCE_MS).then(() => 'working' as const)]);
  }
}

function failed(error: unknown): PublishOutcome {
  console.error('an output cannot be published just now:', error);
  return 'failed';
}

/** Before the store refuses it, so that the reason is the job's. */
function checkStorable(key: string, value: Uint8Array): void {
  const problem = keyProblem(key);
  if (problem !== undefined)
    throw new HopelessError(`${JSON.stringify(key)} is no key of the store: ${problem}`);
  if (value.length > LIMITS.valueBytesMax)
    throw new HopelessError(`the value of ${JSON.stringify(key)} is too large for the store`);
}

/** Throws when the store does not take a row: then the order is carried out from its beginning, later. */
async function publishRows(
  disk: Table,
  store: StoreAccess,
  { reduce, attempt, output }: PublishOrder,
): Promise<PublishOutcome> {
  const chunks = ROW_RECEIPT.decode(output);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const bytes = disk.get(`${outputPrefix(reduce, attempt)}${chunk}`);
    if (bytes === undefined) return 'gone';
    const records = [...readChunk(bytes)];
    await callAll(records, ({ key, value }) => store.write(decodeText(key), value));
  }
  return 'published';
}

function outputPrefix(reduce: number, attempt: number): string {
  return `output/${reduce}/${attempt}/`;
}
