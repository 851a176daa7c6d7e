/**
 * For logs that give a call and its reply a line each. The number of a line is its time: such a log is written in the
 * order of events. A process has one operation at a time, which is how a reply finds its call.
 */

import type { KeyValueInput, KeyValueOutput } from '../key-value-model.ts';
import { HistoryFormatError, type KeyValueOperation, type Line } from './history-file.ts';

export type CallOrReply = CallEvent | ReplyEvent | NoReplyEvent;

interface CallEvent {
  readonly type: 'call';
  readonly process: number;
  readonly input: KeyValueInput;
}

interface ReplyEvent {
  readonly type: 'reply';
  readonly process: number;
  readonly action: KeyValueInput['type'];
  /** Undefined if the reply does not tell. */
  readonly output: KeyValueOutput | undefined;
}

/** The client gave up: the operation stays pending, while its process may go on. */
interface NoReplyEvent {
  readonly type: 'no reply';
  readonly process: number;
  readonly action: KeyValueInput['type'];
}

/** `parse` answers undefined for a line that it cannot read. */
export function pairCallsAndReplies(
  file: string,
  lines: readonly Line[],
  parse: (text: string) => CallOrReply | undefined,
): readonly KeyValueOperation[] {
  const operations: KeyValueOperation[] = [];
  const open = new Map<number, { readonly call: number; readonly input: KeyValueInput }>();
  for (const { number, text } of lines) {
    const event = parse(text);
    if (event === undefined)
      throw new HistoryFormatError(file, number, `cannot read ${JSON.stringify(text)}`);
    const { process } = event;
    const called = open.get(process);
    if (event.type === 'call') {
      if (called !== undefined) {
        const problem = `process ${process} calls again before the reply to its call of line ${called.call}`;
        throw new HistoryFormatError(file, number, problem);
      }
      open.set(process, { call: number, input: event.input });
      continue;
    }
    if (called?.input.type !== event.action) {
      throw new HistoryFormatError(file, number, `process ${process} has no open call of ${event.action}`);
    }
    open.delete(process);
    const { call, input } = called;
    operations.push(
      event.type === 'reply'
        ? { client: process, call, return: number, input, output: event.output }
        : { client: process, call, return: undefined, input, output: undefined },
    );
  }
  for (const [process, { call, input }] of open) {
    operations.push({ client: process, call, return: undefined, input, output: undefined });
  }
  return operations;
}
