/**
 * The histories that come with porcupine (github.com/anishathalye/porcupine, test_data/kv), recorded from MIT's lab:
 *
 *     {:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}
 */

import { labKeyValueModel } from '../key-value-model.ts';
import { type CallOrReply, pairCallsAndReplies } from './calls-and-replies.ts';
import { type HistoryFile, linesOf } from './history-file.ts';

const LINE =
  /^\{:process (?<process>\d+), :type :(?<type>invoke|ok), :f :(?<action>get|put|append), :key "(?<key>[^"\\]*)", :value (?:nil|"(?<value>[^"\\]*)")\}$/;

export function isPorcupineKeyValue(text: string): boolean {
  return text.startsWith('{:process');
}

export function readPorcupineKeyValue(file: string, text: string): HistoryFile {
  return { operations: pairCallsAndReplies(file, linesOf(text), parseLine), model: labKeyValueModel };
}

function parseLine(text: string): CallOrReply | undefined {
  const { process, type, action, key, value } = LINE.exec(text)?.groups ?? {};
  if (process === undefined || key === undefined) return undefined;
  const event = { process: Number(process) };
  switch (action) {
    case 'get':
      if (type === 'invoke') return { ...event, type: 'call', input: { type: action, key } };
      return value === undefined ? undefined : { ...event, type: 'reply', action, output: value };
    case 'put':
    case 'append':
      if (value === undefined) return undefined;
      if (type === 'invoke') return { ...event, type: 'call', input: { type: action, key, value } };
      return { ...event, type: 'reply', action, output: null };
    default:
      return undefined;
  }
}
