/**
 * The output of one map attempt: emitted records are sorted in memory; each full buffer is written to scratch rows
 * (a spill); at the end the spills become exactly one run for each partition. So a reducer that finds little
 * pays one request for each map task, and memory is the sort buffer plus one chunk for each spill merged.
 */
import { ChunkBuilder, compareBytes, decodeLooseText, encodeLooseText } from '../codec/index.ts';
import type { Table } from '../storage/index.ts';
import type { Application } from './application.ts';
import { mergeRuns, narrowRuns } from './merge.ts';
import type { DataLimits } from './options.ts';
import {
  deleteRows,
  localRun,
  outputPrefix,
  RunWriter,
  SCRATCH_ROWS,
  type StoredRun,
  scratchPrefix,
  writeManifest,
} from './runs.ts';
import { type PartitionedRecord, SortBuffer } from './sort-buffer.ts';
import type { MapAssignment } from './task.ts';

/** Runs by partition; a partition without records has none. */
type Spilled = ReadonlyMap<number, StoredRun>;

export class MapOutput {
  readonly #disk: Table;
  readonly #assignment: MapAssignment;
  readonly #combine: Application['combine'];
  readonly #limits: DataLimits;
  readonly #buffer: SortBuffer;
  readonly #builder: ChunkBuilder;
  readonly #spills: Spilled[] = [];
  #scratchRuns = 0;
  #finishing = false;
  outputBytes = 0;
  outputRecords = 0;

  constructor(disk: Table, assignment: MapAssignment, application: Application, limits: DataLimits) {
    this.#disk = disk;
    this.#assignment = assignment;
    this.#combine = application.combine;
    this.#limits = limits;
    this.#buffer = new SortBuffer(assignment.reduceTasks, limits, (records) => this.#spill(records));
    this.#builder = new ChunkBuilder(limits.chunkBytesMax);
    deleteRows(disk, SCRATCH_ROWS);
  }

  emit(key: string, value: string): void {
    this.#buffer.add(key, value);
  }

  /** After this the output can be served: the manifest makes it visible at once and whole. */
  async commit(): Promise<void> {
    // What fits into the buffer is written to its final place at once.
    this.#finishing = this.#spills.length === 0;
    this.#buffer.flush();
    const runs = this.#finishing ? (this.#spills[0] ?? new Map()) : await this.#mergeSpills();
    const chunks = Array.from(
      { length: this.#assignment.reduceTasks },
      (_, partition) => runs.get(partition)?.chunks ?? 0,
    );
    writeManifest(this.#disk, this.#assignment.job, this.#attempt, chunks);
    deleteRows(this.#disk, SCRATCH_ROWS);
  }

  get #attempt(): { map: number; attempt: number } {
    const { task, attempt } = this.#assignment.attempt;
    return { map: task, attempt };
  }

  #spill(records: Iterable<PartitionedRecord>): void {
    const spilled = new Map<number, StoredRun>();
    let current: { partition: number; writer: RunWriter } | undefined;
    const close = (): void => {
      if (current !== undefined)
        spilled.set(current.partition, this.#finish(current.writer, this.#finishing));
    };
    for (const record of this.#combine === undefined ? records : combined(records, this.#combine)) {
      if (current?.partition !== record.partition) {
        close();
        const prefix = this.#finishing
          ? this.#finalPrefix(record.partition)
          : this.#scratch(record.partition);
        current = { partition: record.partition, writer: this.#writer(prefix) };
      }
      current.writer.append(record);
    }
    close();
    this.#spills.push(spilled);
  }

  async #mergeSpills(): Promise<Spilled> {
    const merged = new Map<number, StoredRun>();
    for (let partition = 0; partition < this.#assignment.reduceTasks; partition += 1) {
      const stored = this.#spills.flatMap((spill) => spill.get(partition) ?? []);
      const runs = stored.map((run) => localRun(this.#disk, run));
      const few = await narrowRuns(runs, this.#limits, async (records) => {
        const scratch = this.#writer(this.#scratch(partition));
        await scratch.appendAll(records);
        return localRun(this.#disk, scratch.finish());
      });
      const writer = this.#writer(this.#finalPrefix(partition));
      await writer.appendAll(mergeRuns(few, this.#limits));
      merged.set(partition, this.#finish(writer, true));
    }
    return merged;
  }

  #finish(writer: RunWriter, final: boolean): StoredRun {
    const run = writer.finish();
    if (final) {
      this.outputBytes += writer.bytes;
      this.outputRecords += writer.records;
    }
    return run;
  }

  #writer(prefix: string): RunWriter {
    return new RunWriter(this.#disk, prefix, this.#builder);
  }

  #finalPrefix(partition: number): string {
    return outputPrefix(this.#assignment.job, this.#attempt, partition);
  }

  #scratch(partition: number): string {
    this.#scratchRuns += 1;
    return scratchPrefix(this.#scratchRuns, partition);
  }
}

/** Folds neighbours of one key into one record. */
function* combined(
  records: Iterable<PartitionedRecord>,
  combine: NonNullable<Application['combine']>,
): Generator<PartitionedRecord> {
  let first: PartitionedRecord | undefined;
  let values: string[] = [];
  const fold = (group: PartitionedRecord): PartitionedRecord =>
    values.length === 1
      ? group
      : { ...group, value: encodeLooseText(combine(decodeLooseText(group.key), values)) };
  for (const record of records) {
    if (first !== undefined && compareBytes(first.key, record.key) !== 0) {
      yield fold(first);
      first = undefined;
      values = [];
    }
    first ??= record;
    values.push(decodeLooseText(record.value));
  }
  if (first !== undefined) yield fold(first);
}
