/** The controller's answers as bytes, for those who ask it from another object. */
import { encode } from 'cborg';
import {
  decodeConfiguration,
  decodeStrictly,
  encodeConfiguration,
  listIn,
  naturalIn,
  textIn,
} from '../shard/index.ts';
import { FormatError } from '../storage/index.ts';
import { type Outcome, REFUSALS, type Refusal } from './commands.ts';

const FORMAT_VERSION = 1;

export function encodeOutcome(outcome: Outcome): Uint8Array {
  return encode([FORMAT_VERSION, outcome.type, ...detailsOf(outcome)]);
}

/** Throws `FormatError` on anything that `encodeOutcome` of this version does not write. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const [version, type, detail] = listIn(decodeStrictly(bytes));
  if (version !== FORMAT_VERSION) throw new FormatError(`controller outcome of unknown version ${version}`);
  switch (type) {
    case 'configured':
      if (!(detail instanceof Uint8Array)) throw new FormatError('an outcome lacks its configuration');
      return { type, configuration: decodeConfiguration(detail) };
    case 'refused':
      return { type, reason: refusalFrom(textIn(detail)) };
    case 'sequence-stale':
      return { type, last: naturalIn(detail) };
    case 'sequence-reused':
    case 'session-malformed':
      return { type };
    default:
      throw new FormatError('unknown controller outcome');
  }
}

function detailsOf(outcome: Outcome): readonly unknown[] {
  switch (outcome.type) {
    case 'configured':
      return [encodeConfiguration(outcome.configuration)];
    case 'refused':
      return [outcome.reason];
    case 'sequence-stale':
      return [outcome.last];
    case 'sequence-reused':
    case 'session-malformed':
      return [];
  }
}

function refusalFrom(text: string): Refusal {
  const reason = REFUSALS.find((known) => known === text);
  if (reason === undefined) throw new FormatError(`unknown refusal ${text}`);
  return reason;
}
