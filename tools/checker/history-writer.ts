/** Writes a history in Flotilla's own format (docs/history-format.md), for `npm run linearize` and for other checkers. */

import type { KeyValueInput } from './key-value-model.ts';
import type { KeyValueOperation } from './readers/history-file.ts';

export function writeHistory(operations: readonly KeyValueOperation[]): string {
  return operations.map((operation) => `${JSON.stringify(lineOf(operation))}\n`).join('');
}

function lineOf(operation: KeyValueOperation): object {
  const { client, call, return: returned, input, output } = operation;
  return {
    client,
    operation: input.type,
    key: input.key,
    input: inputOf(input),
    output: returned === undefined ? null : output,
    call,
    return: returned ?? null,
  };
}

function inputOf(input: KeyValueInput): string | null | object {
  switch (input.type) {
    case 'get':
    case 'delete':
      return null;
    case 'put':
    case 'append':
    case 'append-old':
      return input.value;
    case 'compare-and-set':
      return { expected: input.expected, value: input.value };
  }
}
