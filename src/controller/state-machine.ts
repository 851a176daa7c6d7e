/**
 * The shard controller as a replicated state machine: all of its state is rows of a table, so that two replicas which
 * applied the same commands hold the same bytes.
 *
 * controller.C2  A command that changes the configuration raises its number by one; those that a group may still need
 *                stay readable.
 * controller.K1  The key that signs client ids is the first that was offered, for good. It is in no configuration, since
 *                whoever may look at the cluster may read those.
 */
import { fnv1a } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Configuration } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { changeConfiguration, takeUpJoining } from './changes.ts';
import {
  CHANGE_COMMAND,
  CHANGE_LEVEL,
  type Change,
  type ChangeResult,
  type ConfigurationChange,
  type ConfigurationQuery,
  changeLevelOf,
} from './commands.ts';
import {
  appendConfiguration,
  configurationAt,
  dropBefore,
  latestNumber,
  oldestNumber,
  readsHistoryRow,
} from './history.ts';
import {
  followMembers,
  forgetMembers,
  haveAllSettled,
  isKnown,
  neededFrom,
  noteSettled,
  readsMemberRow,
} from './members.ts';
import { readMemory, readSession, readsSessionRow, remember } from './sessions.ts';
import type { ControllerSettings } from './settings.ts';

type Changed = Extract<ChangeResult, { type: 'configured' | 'refused' }>;

const KEY_ROW = 'client-id-key';
/** Of an HMAC with SHA-256. */
const KEY_BYTES = 32;

export class ControllerStateMachine {
  readonly #settings: ControllerSettings;

  constructor(settings: ControllerSettings) {
    this.#settings = settings;
  }

  get reads(): number {
    return CHANGE_LEVEL;
  }

  levelOf(command: Uint8Array): number | undefined {
    return changeLevelOf(command);
  }

  readsRow(key: string, value: Uint8Array): boolean {
    return readsSessionRow(key, value) && readsMemberRow(key, value) && readsHistoryRow(key, value);
  }

  /** A committed command, in log order. */
  apply(table: Table, bytes: Uint8Array): ChangeResult {
    const sent = CHANGE_COMMAND.tryDecode(bytes);
    if (sent === undefined) return { type: 'unreadable', replica: undefined };
    const { client, sequence, after, change } = sent;
    if (change.type === 'keep-key') return keepKey(table, change.key);
    // It says what is true for good: twice, and late, it changes nothing, so nobody need remember who has said it.
    if (change.type === 'settled') return this.#settle(table, change);
    if (client === '' || client.length > this.#settings.clientIdCharactersMax)
      return { type: 'session-malformed' };
    const digest = fnv1a(bytes);
    const last = readSession(table, client);
    if (last !== undefined && sequence <= last.sequence) return this.#again(table, last, sequence, digest);
    const { latest, forgotten } = readMemory(table);
    if (last === undefined && after < forgotten) return { type: 'session-expired', latest };
    const result = this.#execute(table, change);
    const answer =
      result.type === 'refused'
        ? result
        : ({ type: 'configured', number: result.configuration.number } as const);
    remember(table, client, { sequence, digest, answer }, this.#settings.sessionsMax);
    return result;
  }

  query(table: TableReader, { number }: ConfigurationQuery): Configuration {
    const latest = latestNumber(table);
    const wanted = number === undefined || number > latest ? latest : Math.max(number, oldestNumber(table));
    return configurationAt(table, wanted, this.#settings.shardCount);
  }

  #execute(table: Table, change: ConfigurationChange): Changed {
    const current = this.query(table, { number: undefined });
    if (change.type === 'declare-lost' && !current.lost.includes(change.group)) {
      if (!isKnown(table, change.group) && !current.joining.has(change.group))
        return { type: 'refused', reason: 'group-unknown' };
    }
    const result = changeConfiguration(current, change, this.#settings);
    if (result.type === 'refused' || result.configuration.number === current.number) return result;
    // What ends a wait for ever must not wait itself: nor the join without which the only group cannot be declared lost.
    const endsWait = change.type === 'declare-lost' || (change.type === 'join' && current.groups.size === 1);
    if (!endsWait && !this.#hasRoom(table, current.number))
      return { type: 'refused', reason: 'history-full' };
    this.#append(table, current, result.configuration);
    return result;
  }

  #settle(table: Table, { group, number }: Extract<Change, { type: 'settled' }>): Changed {
    const current = this.query(table, { number: undefined });
    noteSettled(table, group, Math.min(number, current.number));
    const next = takeUpJoining(current, this.#settings);
    const isTime =
      next.number !== current.number &&
      haveAllSettled(table, current) &&
      this.#hasRoom(table, current.number);
    if (isTime) this.#append(table, current, next);
    return { type: 'configured', configuration: isTime ? next : current };
  }

  /** controller.M1 */
  #hasRoom(table: TableReader, latest: number): boolean {
    return this.#oldestToKeep(latest + 1) <= neededFrom(table, latest);
  }

  #oldestToKeep(latest: number): number {
    return Math.max(0, latest + 1 - this.#settings.historyMax);
  }

  #append(table: Table, before: Configuration, next: Configuration): void {
    appendConfiguration(table, next);
    followMembers(table, before, next);
    const kept = Math.min(this.#oldestToKeep(next.number), neededFrom(table, next.number));
    forgetMembers(table, dropBefore(table, kept));
  }

  #again(
    table: TableReader,
    last: NonNullable<ReturnType<typeof readSession>>,
    sequence: number,
    digest: number,
  ): ChangeResult {
    if (sequence < last.sequence) return { type: 'sequence-stale', last: last.sequence };
    if (digest !== last.digest) return { type: 'sequence-reused' };
    if (last.answer.type === 'refused') return last.answer;
    const { number } = last.answer;
    invariant(number <= latestNumber(table), `controller.C2: configuration ${number} is missing`);
    // One that is kept no longer is answered by the oldest that is.
    return { type: 'configured', configuration: this.query(table, { number }) };
  }
}

/** Without a session: an offer that comes twice, and late, gets the key that is kept. */
function keepKey(table: Table, offered: Uint8Array): ChangeResult {
  const kept = table.get(KEY_ROW);
  if (kept !== undefined) return { type: 'key', key: kept };
  if (offered.length !== KEY_BYTES) return { type: 'session-malformed' };
  table.put(KEY_ROW, offered);
  return { type: 'key', key: offered };
}
