/**
 * The last answer to each client: what makes a command that is sent again change nothing (Raft §8).
 *
 * 1. A client's sequence only rises; its row holds the answer to the highest one applied.
 * 2. An answer is kept as the number of its configuration, so that a row stays small.
 *
 * Rows are not deleted: each is smaller than the row of history that its command may leave for good.
 */
import { encode } from 'cborg';
import { invariant } from '../protocol/index.ts';
import { decodeStrictly, listIn, naturalIn, textIn } from '../shard/index.ts';
import { FormatError, type Table, type TableReader } from '../storage/index.ts';
import { REFUSALS, type Refusal } from './commands.ts';

export interface Session {
  readonly sequence: number;
  /** Of the command: finds a client that uses a sequence number for two. */
  readonly digest: number;
  readonly answer: Answer;
}

export type Answer =
  | { readonly type: 'configured'; readonly number: number }
  | { readonly type: 'refused'; readonly reason: Refusal };

const FORMAT_VERSION = 1;

const rowKey = (client: string): string => `session/${client}`;

export function sessionOf(table: TableReader, client: string): Session | undefined {
  const row = table.get(rowKey(client));
  return row === undefined ? undefined : decodeSession(row);
}

export function rememberAnswer(table: Table, client: string, { sequence, digest, answer }: Session): void {
  invariant(sequence > (sessionOf(table, client)?.sequence ?? -1), `the sequence of ${client} only rises`);
  const detail = answer.type === 'configured' ? answer.number : answer.reason;
  table.put(rowKey(client), encode([FORMAT_VERSION, sequence, digest, answer.type, detail]));
}

function decodeSession(row: Uint8Array): Session {
  const [version, sequence, digest, type, detail] = listIn(decodeStrictly(row));
  if (version !== FORMAT_VERSION) throw new FormatError(`controller session of unknown version ${version}`);
  return {
    sequence: naturalIn(sequence),
    digest: naturalIn(digest),
    answer: answerFrom(textIn(type), detail),
  };
}

function answerFrom(type: string, detail: unknown): Answer {
  switch (type) {
    case 'configured':
      return { type, number: naturalIn(detail) };
    case 'refused':
      return { type, reason: refusalFrom(textIn(detail)) };
    default:
      throw new FormatError(`unknown answer ${type} in a controller session`);
  }
}

function refusalFrom(text: string): Refusal {
  const reason = REFUSALS.find((known) => known === text);
  if (reason === undefined) throw new FormatError(`unknown refusal ${text} in a controller session`);
  return reason;
}
