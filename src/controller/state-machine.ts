/**
 * The shard controller as a replicated state machine: all of its state is rows of a table, so that two replicas which
 * applied the same commands hold the same bytes.
 *
 * 1. Every command is answered once: sent again, it changes nothing and gets the answer it got (exactly-once).
 * 2. A command that changes the configuration raises its number by one; all earlier configurations stay readable.
 */
import { type Configuration, fnv1a } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { type Changed, changeConfiguration } from './changes.ts';
import { encodeCommand } from './command-codec.ts';
import type { Command, Outcome } from './commands.ts';
import { appendConfiguration, configurationAt, latestNumber } from './history.ts';
import { type Answer, rememberAnswer, type Session, sessionOf } from './sessions.ts';
import type { ControllerSettings } from './settings.ts';

/** Applies a committed command, in log order. */
export function applyCommand(table: Table, command: Command, settings: ControllerSettings): Outcome {
  if (!isClientId(command.client, settings)) return { type: 'session-malformed' };
  const digest = fnv1a(encodeCommand(command));
  const session = sessionOf(table, command.client);
  if (session !== undefined && command.sequence <= session.sequence) {
    return answerAgain(table, session, command.sequence, digest, settings);
  }
  const current = queryConfiguration(table, LATEST, settings);
  const changed = changeConfiguration(current, command.change, settings);
  if (changed.type === 'configured' && changed.configuration.number !== current.number) {
    appendConfiguration(table, changed.configuration);
  }
  rememberAnswer(table, command.client, { sequence: command.sequence, digest, answer: answerFor(changed) });
  return changed;
}

function isClientId(client: string, { clientIdCharactersMax }: ControllerSettings): boolean {
  return client.length > 0 && client.length <= clientIdCharactersMax && client.isWellFormed();
}

function answerAgain(
  table: TableReader,
  { sequence: last, digest: lastDigest, answer }: Session,
  sequence: number,
  digest: number,
  { shardCount }: ControllerSettings,
): Outcome {
  if (sequence < last) return { type: 'sequence-stale', last };
  if (digest !== lastDigest) return { type: 'sequence-reused' };
  if (answer.type === 'refused') return answer;
  return { type: 'configured', configuration: configurationAt(table, answer.number, shardCount) };
}

function answerFor(changed: Changed): Answer {
  if (changed.type === 'refused') return changed;
  return { type: 'configured', number: changed.configuration.number };
}

export const LATEST = -1;

/** The configuration of that number, or the latest for `LATEST` and for any number that there is not (yet). */
export function queryConfiguration(
  table: TableReader,
  number: number,
  { shardCount }: ControllerSettings,
): Configuration {
  const latest = latestNumber(table);
  const exists = Number.isInteger(number) && number >= 0 && number <= latest;
  return configurationAt(table, exists ? number : latest, shardCount);
}
