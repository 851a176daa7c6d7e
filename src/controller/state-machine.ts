/**
 * The shard controller as a replicated state machine: all of its state is rows of a table, so that two replicas which
 * applied the same commands hold the same bytes.
 *
 * controller.C1  Every command is answered once: sent again, it changes nothing and gets the answer it got.
 * controller.C3  The key that signs client ids is the first that was offered, for good. It is in no configuration, since
 *                whoever may look at the cluster may read those.
 * controller.C2  A command that changes the configuration raises its number by one; all earlier configurations stay
 *                readable.
 */
import { Codec, type Described, fnv1a, natural, tuple, union } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Configuration } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { changeConfiguration } from './changes.ts';
import { CHANGE_COMMAND, type ChangeResult, type ConfigurationQuery, changeRefusal } from './commands.ts';
import { appendConfiguration, configurationAt, latestNumber } from './history.ts';
import type { ControllerSettings } from './settings.ts';

/** What is remembered of a client: its last request, a digest that finds a sequence number used for two, the answer. */
const remembered = tuple({
  sequence: natural,
  digest: natural,
  answer: union({ configured: { number: natural }, refused: { reason: changeRefusal } }),
});
type Remembered = Described<typeof remembered>;

export const CONTROLLER_SESSION: Codec<Remembered> = new Codec('a session of the controller', remembered, 2);

const KEY_ROW = 'client-id-key';
/** Of an HMAC with SHA-256. */
const KEY_BYTES = 32;

const sessionRow = (client: string): string => `session/${client}`;

export class ControllerStateMachine {
  readonly #settings: ControllerSettings;

  constructor(settings: ControllerSettings) {
    this.#settings = settings;
  }

  /** A committed command, in log order. */
  apply(table: Table, bytes: Uint8Array): ChangeResult {
    const { client, sequence, change } = CHANGE_COMMAND.decode(bytes);
    if (change.type === 'keep-key') return keepKey(table, change.key);
    if (client === '' || client.length > this.#settings.clientIdCharactersMax)
      return { type: 'session-malformed' };
    const digest = fnv1a(bytes);
    const row = table.get(sessionRow(client));
    const last = row && CONTROLLER_SESSION.decode(row);
    if (last !== undefined && sequence <= last.sequence) return this.#again(table, last, sequence, digest);
    const current = this.query(table, { number: undefined });
    const result = changeConfiguration(current, change, this.#settings);
    const isNew = result.type === 'configured' && result.configuration.number !== current.number;
    if (isNew) appendConfiguration(table, result.configuration);
    const answer =
      result.type === 'refused'
        ? result
        : ({ type: 'configured', number: result.configuration.number } as const);
    table.put(sessionRow(client), CONTROLLER_SESSION.encode({ sequence, digest, answer }));
    return result;
  }

  query(table: TableReader, { number }: ConfigurationQuery): Configuration {
    const latest = latestNumber(table);
    const wanted = number === undefined || number > latest ? latest : number;
    return configurationAt(table, wanted, this.#settings.shardCount);
  }

  #again(table: TableReader, last: Remembered, sequence: number, digest: number): ChangeResult {
    if (sequence < last.sequence) return { type: 'sequence-stale', last: last.sequence };
    if (digest !== last.digest) return { type: 'sequence-reused' };
    if (last.answer.type === 'refused') return last.answer;
    const { number } = last.answer;
    invariant(number <= latestNumber(table), `controller.C2: configuration ${number} is missing`);
    return { type: 'configured', configuration: configurationAt(table, number, this.#settings.shardCount) };
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
