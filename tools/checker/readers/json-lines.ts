/** Flotilla's own format, one operation a line; docs/history-format.md defines it. */

import { type KeyValueInput, type KeyValueOutput, keyValueModel, type Value } from '../key-value-model.ts';
import { type HistoryFile, HistoryFormatError, type KeyValueOperation, linesOf } from './history-file.ts';

const FIELDS = ['client', 'operation', 'key', 'input', 'output', 'call', 'return'] as const;

export function isJsonLines(text: string): boolean {
  return /^\{\s*"/.test(text);
}

export function readJsonLines(file: string, text: string): HistoryFile {
  const lines = linesOf(text).map((line) => {
    try {
      return parseLine(line.text);
    } catch (error) {
      // SyntaxError is what JSON.parse throws; anything else is a fault of ours, and goes on as it is.
      if (!(error instanceof Refusal || error instanceof SyntaxError)) throw error;
      throw new HistoryFormatError(file, line.number, error.message);
    }
  });
  // Times are exact integers of any size; from the first call on they fit a double.
  let origin = lines[0]?.call ?? 0n;
  for (const { call } of lines) if (call < origin) origin = call;
  const operations = lines.map(
    (line): KeyValueOperation => ({
      ...line,
      call: Number(line.call - origin),
      return: line.return === undefined ? undefined : Number(line.return - origin),
    }),
  );
  return { operations, model: keyValueModel };
}

interface ParsedLine {
  readonly client: number;
  readonly call: bigint;
  readonly return: bigint | undefined;
  readonly input: KeyValueInput;
  readonly output: KeyValueOutput | undefined;
}

class Refusal extends Error {}

function parseLine(text: string): ParsedLine {
  const fields = fieldsOf(JSON.parse(text), 'a line');
  const unknown = Object.keys(fields).find((name) => !FIELDS.some((field) => field === name));
  if (unknown !== undefined) throw new Refusal(`there is no field ${JSON.stringify(unknown)}`);
  if (fields.return === undefined) throw new Refusal('"return" is missing; it is null if no answer came');
  const call = timeOf(fields, 'call');
  const returned = fields.return === null ? undefined : timeOf(fields, 'return');
  if (returned !== undefined && returned < call) throw new Refusal('"return" is before "call"');
  const input = inputOf(fields);
  if (returned === undefined && (fields.output ?? null) !== null) {
    throw new Refusal('"output" is given, but "return" says that no answer came');
  }
  const output = returned === undefined ? undefined : outputOf(input, fields);
  return { client: clientOf(fields), call, return: returned, input, output };
}

/** Those of a line, and those of the input of a compare-and-set. */
type Fields = { readonly [name in (typeof FIELDS)[number] | 'expected' | 'value']?: unknown };

function inputOf(fields: Fields): KeyValueInput {
  const key = stringOf(fields, 'key');
  const type = fields.operation;
  switch (type) {
    case 'get':
    case 'delete':
      if ((fields.input ?? null) !== null) throw new Refusal(`"input" of ${type} must be null or left out`);
      return { type, key };
    case 'put':
    case 'append':
    case 'append-old':
      return { type, key, value: stringOf(fields, 'input') };
    case 'compare-and-set': {
      const input = fieldsOf(fields.input, '"input" of compare-and-set');
      return { type, key, expected: valueOrAbsent(input, 'expected'), value: stringOf(input, 'value') };
    }
    default:
      throw new Refusal(`there is no operation ${JSON.stringify(type)}`);
  }
}

function outputOf(input: KeyValueInput, fields: Fields): KeyValueOutput {
  switch (input.type) {
    case 'get':
    case 'append-old':
      return valueOrAbsent(fields, 'output');
    case 'compare-and-set': {
      const { output } = fields;
      if (typeof output !== 'boolean') throw new Refusal('"output" of compare-and-set must be true or false');
      return output;
    }
    case 'put':
    case 'append':
    case 'delete':
      if ((fields.output ?? null) !== null) {
        throw new Refusal(`"output" of ${input.type} must be null or left out`);
      }
      return null;
  }
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(`${what} must be an object`);
  }
  return Object.fromEntries(Object.entries(value));
}

function stringOf(fields: Fields, name: keyof Fields): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Refusal(`${JSON.stringify(name)} must be a string`);
  return value;
}

function valueOrAbsent(fields: Fields, name: keyof Fields): Value {
  const value = fields[name];
  if (typeof value !== 'string' && value !== null) {
    throw new Refusal(`${JSON.stringify(name)} must be a string, or null for an absent key`);
  }
  return value;
}

function clientOf(fields: Fields): number {
  const { client } = fields;
  if (typeof client !== 'number' || !Number.isSafeInteger(client) || client < 0) {
    throw new Refusal('"client" must be an integer from 0');
  }
  return client;
}

function timeOf(fields: Fields, name: 'call' | 'return'): bigint {
  const time = fields[name];
  if (typeof time === 'string' && /^\d+$/.test(time)) return BigInt(time);
  if (typeof time !== 'number' || !Number.isInteger(time) || time < 0) {
    throw new Refusal(`"${name}" must be an integer of nanoseconds from 0, or a string of its digits`);
  }
  if (!Number.isSafeInteger(time))
    throw new Refusal(`"${name}" is 2^53 or more: write it as a string of digits`);
  return BigInt(time);
}
