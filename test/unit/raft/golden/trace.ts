/** How the events of a cluster read in a golden script: in the prose of the core, with the texts that were proposed. */

import {
  describeEffects,
  describeEntries,
  describeId,
  describeMessage,
  describeRole,
  describeSize,
  type Effects,
  type Entry,
  type Index,
  type Message,
  type Status,
  type Wording,
} from '../../../../src/raft/index.ts';
import { decodeCommands, decodeText } from '../rig/disk.ts';

const TEXTS: Wording = {
  /** Entries that a script starts with have no text of their own. */
  payload(entry) {
    const text = decodeText(entry.payload);
    if (text === describeId(entry)) return '';
    return text.length > 20 ? describeSize(text.length) : text;
  },
  chunk: (data) => decodeCommands(data).join(' '),
};

type Lines = readonly string[];

export const effectsLines = (effects: Effects, commitBefore: Index, after: Status): Lines =>
  describeEffects(effects, commitBefore, after, TEXTS);

export const messageLine = (message: Message): string => describeMessage(message, TEXTS);

export const entriesLine = (entries: readonly Entry[]): string => describeEntries(entries, TEXTS);

export function statusLines(status: Status): Lines {
  const { id, last, commit, applied, compacted } = status;
  return [
    `${id} ${describeRole(status)}; last ${describeId(last)}, commit ${commit}, applied ${applied}` +
      (compacted.index === 0 ? '' : `, log begins after ${describeId(compacted)}`),
    ...status.peers.map(
      (peer) => `  ${peer.id}: ${peer.replication}, match ${peer.match}, next ${peer.next}`,
    ),
  ];
}
