/**
 * The output of one map attempt: emitted records are sorted in memory; each full buffer is written to scratch rows
 * (a spill); at the end the spills become exactly one run for each partition. So a reducer that finds little
 * pays one request for each map task, and memory is the sort buffer plus one chunk for each spill merged.
 */
import { ChunkBuilder, compareBytes, decodeText, encodeLooseText } from '../codec/index.ts';
import type { Table } from '../storage/index.ts';
import type { Application } from './application.ts';
import { mergeRuns, narrowRuns } from './merge.ts';
import type { DataLimits } from './options.ts';
import {
  deleteRows,
  outputPrefix,
  paced,
  SCRATCH_ROWS,
  StoredRun,
  scratchPrefix,
  writeManifest,
} from './runs.ts';
import { type PartitionedRecord, SortBuffer } from './sort-buffer.ts';
import type { MapAssignment } from './task.ts';

/** Runs by partition; a partition without records may have none. */
type Runs = ReadonlyMap<number, StoredRun>;

export class MapOutput {
  readonly #disk: Table;
  readonly #assignment: MapAssignment;
  readonly #combine: Application['combine'];
  readonly #limits: DataLimits;
  readonly #buffer: SortBuffer;
  readonly #chunk: ChunkBuilder;
  readonly #spills: Runs[] = [];
  #scratchRuns = 0;
  outputBytes = 0;
  outputRecords = 0;

  constructor(disk: Table, assignment: MapAssignment, application: Application, limits: DataLimits) {
    this.#disk = disk;
    this.#assignment = assignment;
    this.#combine = application.combine;
    this.#limits = limits;
    this.#buffer = new SortBuffer(assignment.reduceTasks, limits);
    this.#chunk = new ChunkBuilder(limits.chunkBytesMax);
    deleteRows(disk, SCRATCH_ROWS);
  }

  emit(key: string, value: string): void {
    if (this.#buffer.add(key, value)) return;
    this.#spill();
    this.#buffer.add(key, value);
  }

  /** After this the output can be served: the manifest makes it visible at once and whole. */
  async commit(giveWay: () => Promise<void>): Promise<void> {
    const runs = await this.#finalRuns(giveWay);
    const { job, reduceTasks } = this.#assignment;
    const chunks = Array.from({ length: reduceTasks }, (_, partition) => runs.get(partition)?.chunks ?? 0);
    for (const { bytes, records } of runs.values()) {
      this.outputBytes += bytes;
      this.outputRecords += records;
    }
    writeManifest(this.#disk, job, this.#attempt, chunks);
    deleteRows(this.#disk, SCRATCH_ROWS);
  }

  /** What fits into the buffer is written to its final place at once. */
  async #finalRuns(giveWay: () => Promise<void>): Promise<Runs> {
    if (this.#spills.length === 0) return this.#writeBuffer((partition) => this.#finalRun(partition));
    this.#spill();
    const merged = new Map<number, StoredRun>();
    for (let partition = 0; partition < this.#assignment.reduceTasks; partition += 1) {
      const runs = this.#spills.flatMap((spill) => spill.get(partition) ?? []);
      const few = await narrowRuns(
        runs.map((run) => paced(run, giveWay)),
        this.#limits,
        async (records) => paced(await this.#scratchRun().writeAll(records), giveWay),
      );
      merged.set(partition, await this.#finalRun(partition).writeAll(mergeRuns(few, this.#limits)));
    }
    return merged;
  }

  #spill(): void {
    this.#spills.push(this.#writeBuffer(() => this.#scratchRun()));
    this.#buffer.clear();
  }

  #writeBuffer(newRun: (partition: number) => StoredRun): Runs {
    const runs = new Map<number, StoredRun>();
    const records = this.#buffer.sorted();
    let current: StoredRun | undefined;
    let currentPartition: number | undefined;
    for (const record of this.#combine === undefined ? records : combined(records, this.#combine)) {
      const { partition } = record;
      if (current === undefined || partition !== currentPartition) {
        current?.finish();
        current = newRun(partition);
        currentPartition = partition;
        runs.set(partition, current);
      }
      current.append(record);
    }
    current?.finish();
    return runs;
  }

  get #attempt(): { readonly map: number; readonly attempt: number } {
    const { task, attempt } = this.#assignment.attempt;
    return { map: task, attempt };
  }

  #finalRun(partition: number): StoredRun {
    const prefix = outputPrefix(this.#assignment.job, this.#attempt, partition);
    return new StoredRun(this.#disk, prefix, this.#chunk);
  }

  #scratchRun(): StoredRun {
    this.#scratchRuns += 1;
    return new StoredRun(this.#disk, scratchPrefix(this.#scratchRuns), this.#chunk);
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
      : { ...group, value: encodeLooseText(combine(decodeText(group.key), values)) };
  for (const record of records) {
    if (first !== undefined && compareBytes(first.key, record.key) !== 0) {
      yield fold(first);
      first = undefined;
      values = [];
    }
    first ??= record;
    values.push(decodeText(record.value));
  }
  if (first !== undefined) yield fold(first);
}
