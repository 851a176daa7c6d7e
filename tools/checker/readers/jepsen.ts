/**
 * Jepsen's logs of one register in etcd, as porcupine keeps them (test_data/jepsen):
 *
 *     INFO  jepsen.util - 3    :invoke    :cas    [4 1]
 *
 * `:fail` of a cas is a result, "the value was another", which the model checks. `:fail` of a read tells nothing,
 * and `:info` is no reply: the operation may yet take effect.
 */

import { keyValueModel } from '../key-value-model.ts';
import { type CallOrReply, pairCallsAndReplies } from './calls-and-replies.ts';
import { type HistoryFile, linesOf } from './history-file.ts';

const LINE =
  /^INFO\s+jepsen\.util - (?<process>\d+)\s+:(?<type>invoke|ok|fail|info)\s+:(?<action>read|write|cas)\s+(?:(?<value>nil|\d+)|\[(?<from>\d+) (?<to>\d+)\]|(?<timedOut>:timed-out))$/;

/** There is but one register; it must have some name. */
const KEY = 'register';

export function isJepsen(text: string): boolean {
  return /^INFO\s+jepsen\.util/.test(text);
}

export function readJepsen(file: string, text: string): HistoryFile {
  return { operations: pairCallsAndReplies(file, linesOf(text), parseLine), model: keyValueModel };
}

type Group = 'process' | 'type' | 'action' | 'value' | 'from' | 'to' | 'timedOut';
type Fields = { readonly [name in Group]?: string | undefined };

function parseLine(text: string): CallOrReply | undefined {
  const fields: Fields | undefined = LINE.exec(text)?.groups;
  switch (fields?.action) {
    case 'read':
      return parseRead(fields);
    case 'write':
      return parseWrite(fields);
    case 'cas':
      return parseCompareAndSet(fields);
    default:
      return undefined;
  }
}

function parseRead({ process, type, value, timedOut }: Fields): CallOrReply | undefined {
  const event = { process: Number(process) };
  if (type === 'invoke' && value === 'nil')
    return { ...event, type: 'call', input: { type: 'get', key: KEY } };
  if (type === 'ok' && value !== undefined) {
    return { ...event, type: 'reply', action: 'get', output: value === 'nil' ? null : value };
  }
  if (type === 'fail' && timedOut !== undefined)
    return { ...event, type: 'reply', action: 'get', output: undefined };
  return undefined;
}

function parseWrite({ process, type, value, timedOut }: Fields): CallOrReply | undefined {
  const event = { process: Number(process) };
  if (type === 'info' && timedOut !== undefined) return { ...event, type: 'no reply', action: 'put' };
  if (value === undefined || value === 'nil') return undefined;
  if (type === 'invoke') return { ...event, type: 'call', input: { type: 'put', key: KEY, value } };
  return type === 'ok' ? { ...event, type: 'reply', action: 'put', output: null } : undefined;
}

function parseCompareAndSet({ process, type, from, to, timedOut }: Fields): CallOrReply | undefined {
  const event = { process: Number(process) };
  const action = 'compare-and-set';
  if (type === 'info' && timedOut !== undefined) return { ...event, type: 'no reply', action };
  if (from === undefined || to === undefined) return undefined;
  if (type === 'invoke') {
    return { ...event, type: 'call', input: { type: action, key: KEY, expected: from, value: to } };
  }
  return { ...event, type: 'reply', action, output: type === 'ok' };
}
