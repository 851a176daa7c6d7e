/**
 * Executes what was committed, and keeps for whom: own proposals by log index, until their results are told or
 * leadership is lost.
 *
 * replica.X1  A proposal leaves this table only together with its answer. So whatever throws between executing and
 *     telling, its caller is still known, and `abandon` answers it (replica.A3).
 * replica.X2  A turn ends when what it has written to the state and read from it, in bytes, is as much as it may: after a
 *     command, be it within an entry. So a turn writes and keeps no more than that and what one command does, however
 *     much the commands of an entry make of their bytes. Later turns go on.
 * replica.X3  How much of an entry is executed is written together with what that changed (`EXECUTED_PART`), so a restart
 *     and a receiver of a snapshot go on after it (replica.A1).
 * replica.X4  An entry that cannot be read executes nothing, at any replica.
 */

import { describeId, type Entry, invariant, type LogId, type ReplicaId } from '../raft/index.ts';
import type { OverlayTable, TableReader } from '../storage/index.ts';
import { BATCH, type Batch, EXECUTED_PART, EXECUTED_PART_KEY, type ExecutedPart } from './batch-codec.ts';
import type { Faults } from './faults.ts';
import type { Proposal } from './proposal-queue.ts';
import type { StateMachine } from './state-machine.ts';

interface InFlight<Result> {
  readonly term: number;
  readonly batch: readonly Proposal<Result>[];
}

const UNREADABLE: Batch = { timeMs: 0, commands: [] };

/** What a turn has executed. */
export interface Executed {
  /** The last entry that is executed to its end, in this turn or before. */
  readonly through: LogId;
  /** Tell those who wait; to be called once the table is written. */
  readonly answers: readonly (() => void)[];
}

/** An entry that is being executed. */
interface Current {
  readonly entry: Entry;
  readonly batch: Batch;
  /** Commands that are executed. */
  done: number;
  bytes: number;
}

export class Execution<Result> {
  readonly #stateMachine: Pick<StateMachine<Result, never, never>, 'apply'>;
  readonly #faults: Faults;
  readonly #inFlight = new Map<number, InFlight<Result> & { told: number }>();
  /** Committed, and not executed to the end; in order. */
  #backlog: Entry[] = [];
  #current: Current | undefined;
  #through: LogId;
  /** Of the first entry of the backlog, executed in an earlier life or at the sender of a snapshot. */
  #earlier: ExecutedPart | undefined;
  #bytesPerCommand = 0;

  /** `through`: the entry up to which `table` is the state. */
  constructor(
    stateMachine: Pick<StateMachine<Result, never, never>, 'apply'>,
    table: TableReader,
    through: LogId,
    faults: Faults,
  ) {
    this.#stateMachine = stateMachine;
    this.#faults = faults;
    this.#through = through;
    this.#earlier = readExecutedPart(table);
  }

  /** Entries that this replica has proposed and not answered yet. */
  get entriesInFlight(): number {
    return this.#inFlight.size;
  }

  /** Something waits for a turn. */
  get isBehind(): boolean {
    return this.#backlog.length > 0;
  }

  get bytesInFlight(): number {
    let bytes = 0;
    for (const { batch } of this.#inFlight.values())
      for (const { command } of batch) bytes += command.byteLength;
    return bytes;
  }

  /** How many commands make up so many bytes, by what the last ones have read and written; at least one. */
  commandsIn(bytes: number): number {
    return Math.max(1, Math.floor(bytes / Math.max(1, this.#bytesPerCommand)));
  }

  proposed(index: number, inFlight: InFlight<Result>): void {
    this.#inFlight.set(index, { ...inFlight, told: 0 });
  }

  committed(entries: readonly Entry[]): void {
    this.#backlog.push(...entries);
  }

  /** A snapshot has taken the state's place: what was to be executed is in it. */
  replaced(table: TableReader, through: LogId): void {
    this.#backlog = [];
    this.#current = undefined;
    this.#through = through;
    this.#earlier = readExecutedPart(table);
  }

  /** replica.X2: one command at least, if there is one. */
  execute(table: OverlayTable, bytesMax: number): Executed {
    const answers: (() => void)[] = [];
    for (let [entry] = this.#backlog; entry !== undefined; [entry] = this.#backlog) {
      if (table.bytes >= bytesMax) break;
      if (entry.kind === 'command') {
        const current = this.#begin(entry);
        answers.push(this.#executeSome(table, current, bytesMax));
        if (current.done < current.batch.commands.length) break;
        this.#bytesPerCommand = current.bytes / Math.max(1, current.done);
        this.#current = undefined;
      }
      this.#backlog.shift();
      this.#through = { index: entry.index, term: entry.term };
    }
    return { through: this.#through, answers };
  }

  /** Nobody here will learn what becomes of what is in flight. */
  abandon(leader: ReplicaId | undefined): void {
    const abandoned = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { batch, told } of abandoned) {
      for (const { done } of batch.slice(told)) done({ type: 'unknown', leader });
    }
  }

  #begin(entry: Entry): Current {
    if (this.#current !== undefined) return this.#current;
    const earlier = this.#earlier;
    this.#earlier = undefined;
    invariant(
      earlier === undefined || earlier.index === entry.index,
      `replica.X3: a part of entry ${earlier?.index} is executed, and entry ${entry.index} is next`,
    );
    this.#current = { entry, batch: this.#read(entry), done: earlier?.commands ?? 0, bytes: 0 };
    return this.#current;
  }

  /** replica.X4 */
  #read(entry: Entry): Batch {
    const batch = BATCH.tryDecode(entry.payload);
    if (batch === undefined) this.#faults.note('the log', new Error(`${describeId(entry)} cannot be read`));
    return batch ?? UNREADABLE;
  }

  /** Returns what tells the results. */
  #executeSome(table: OverlayTable, current: Current, bytesMax: number): () => void {
    const { entry, batch, done: from } = current;
    const { timeMs, commands } = batch;
    const before = table.bytes;
    const results: Result[] = [];
    for (const command of commands.slice(from)) {
      if (table.bytes >= bytesMax) break;
      results.push(this.#stateMachine.apply(table, command, timeMs));
      current.done += 1;
    }
    current.bytes += table.bytes - before;
    // replica.X3
    if (current.done < commands.length) {
      const part = { index: entry.index, commands: current.done };
      table.put(EXECUTED_PART_KEY, EXECUTED_PART.encode(part));
    } else if (from > 0) {
      table.delete(EXECUTED_PART_KEY);
    }
    return () => this.#tell(entry, from, results);
  }

  #tell(entry: Entry, from: number, results: readonly Result[]): void {
    const waiting = this.#inFlight.get(entry.index);
    // Another leader's entry took the place of the own one in this very step: who waits is told by `abandon`.
    if (waiting?.term !== entry.term) return;
    for (const [at, result] of results.entries()) {
      waiting.told = from + at + 1;
      if (waiting.told === waiting.batch.length) this.#inFlight.delete(entry.index);
      waiting.batch[from + at]?.done({ type: 'done', result, index: entry.index, ageMsMax: undefined });
    }
  }
}

function readExecutedPart(table: TableReader): ExecutedPart | undefined {
  const row = table.get(EXECUTED_PART_KEY);
  return row && EXECUTED_PART.decode(row);
}
