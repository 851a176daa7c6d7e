import { EXECUTED_PART_KEY } from '../../src/replica/index.ts';
import type { Observation } from './observation.ts';

/** Places that a simulation should come through: a run that never does shows nothing about them. */
export const MARKS = [
  'elected',
  're-elected after a restart',
  'voted for another',
  'truncated what conflicts',
  'refused an append',
  'sent several entries at once',
  'compacted',
  'installed a snapshot of one chunk',
  'installed a snapshot of several chunks',
  'resumed a snapshot after a restart',
  'touched the disk for a read',
  'transferred leadership',
  'lost a write in a crash',
  'wrote a checkpoint',
  'wrote a checkpoint before the log was compacted',
  'took a configuration',
  'recorded a change of a shard that leaves',
  'finished a move',
  'refused without the log',
  'refused a command that nobody can read',
  'refused for want of room',
  'stopped by a full disk',
  'ended a turn within an entry',
  'shared a call',
  'lost a shared call with its request',
  'took back a voter that had lost its disk',
  'gave up a damaged disk',
] as const;

export type Mark = (typeof MARKS)[number];

/** What is the case when this is observed, if it is one of the marks. */
export function markOf(observation: Observation): Mark | undefined {
  switch (observation.type) {
    case 'written':
      return markOfTurn(observation.turn) ?? markOfRows(observation.turn);
    case 'durable':
      return markOfDurable(observation.turns);
    case 'opened':
      return observation.state.staging === undefined ? undefined : 'resumed a snapshot after a restart';
    case 'sent':
      return markOfMessage(observation.message);
    case 'stepped': {
      const { life, status } = observation;
      if (status.role !== 'leader') return undefined;
      return life.incarnation > 1 ? 're-elected after a restart' : 'elected';
    }
    case 'crashed':
      return observation.lostTurns > 0 ? 'lost a write in a crash' : undefined;
    default:
      return undefined;
  }
}

function markOfTurn({ store }: Extract<Observation, { type: 'written' }>['turn']): Mark | undefined {
  if (store === undefined) return undefined;
  const { install, truncateFrom, append, compactThrough, touch } = store;
  if (install?.done) {
    return install.cursor === ''
      ? 'installed a snapshot of one chunk'
      : 'installed a snapshot of several chunks';
  }
  if (truncateFrom !== undefined && append.length > 0) return 'truncated what conflicts';
  if (compactThrough !== undefined) return 'compacted';
  return touch ? 'touched the disk for a read' : undefined;
}

function markOfDurable(turns: Extract<Observation, { type: 'durable' }>['turns']): Mark | undefined {
  const checkpoints = turns.filter(({ applied }) => applied !== undefined);
  if (checkpoints.length === 0) return undefined;
  return checkpoints.some(({ store }) => store?.compactThrough !== undefined)
    ? 'wrote a checkpoint before the log was compacted'
    : 'wrote a checkpoint';
}

/** By the rows of src/shard/shard-state.ts. */
function markOfRows({ applied }: Extract<Observation, { type: 'written' }>['turn']): Mark | undefined {
  for (const [key, value] of applied?.changes ?? []) {
    if (key === EXECUTED_PART_KEY && value !== undefined) return 'ended a turn within an entry';
    if (key === 'group/configuration') return 'took a configuration';
    if (key.startsWith('group/change/')) return 'recorded a change of a shard that leaves';
    if (key.startsWith('group/confirm/') && value === undefined) return 'finished a move';
  }
  return undefined;
}

function markOfMessage(message: Extract<Observation, { type: 'sent' }>['message']): Mark | undefined {
  switch (message.type) {
    case 'vote-reply':
      return message.granted ? 'voted for another' : undefined;
    case 'append-request':
      return message.entries.length > 1 ? 'sent several entries at once' : undefined;
    case 'append-reply':
      return message.result.type === 'rejected' ? 'refused an append' : undefined;
    case 'timeout-now':
      return 'transferred leadership';
    default:
      return undefined;
  }
}
