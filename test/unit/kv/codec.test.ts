import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CommandResult,
  decodeCommand,
  decodeCommandResult,
  decodeQueryResult,
  encodeCommand,
  encodeResult,
  type QueryResult,
  type SessionCommand,
} from '../../../src/kv/index.ts';

const count = fc.maxSafeNat();
const value = fc.uint8Array();
const text = fc.string({ unit: 'binary' });

const sessionCommand: fc.Arbitrary<SessionCommand> = fc.record({
  session: fc.record({ client: text, sequence: count }),
  command: fc.oneof(
    fc.record({ type: fc.constantFrom('put', 'append'), key: text, value }),
    fc.record({ type: fc.constant('delete'), key: text }),
  ),
});

const queryResult: fc.Arbitrary<QueryResult> = fc.oneof(
  fc.record({ type: fc.constant('found'), version: count, value }),
  fc.record({ type: fc.constant('absent') }),
);

const commandResult: fc.Arbitrary<CommandResult> = fc.oneof(
  fc.record({ type: fc.constant('written'), version: count }),
  fc.record({
    type: fc.constant('appended'),
    version: count,
    previous: fc.option(value, { nil: undefined }),
  }),
  fc.record({ type: fc.constant('deleted'), version: count, existed: fc.boolean() }),
  fc.record({ type: fc.constantFrom('value-too-large', 'key-too-long'), bytesMax: count }),
  fc.record({ type: fc.constant('sequence-stale'), last: count }),
  fc.record({ type: fc.constant('session-expired'), timeMs: count }),
  fc.record({ type: fc.constantFrom('key-malformed', 'sequence-reused', 'session-malformed') }),
);

const decoders = [
  ['a command', decodeCommand],
  ["a command's result", decodeCommandResult],
  ["a query's result", decodeQueryResult],
] as const;

describe('the codec', () => {
  test('gives back every command', () => {
    fc.assert(
      fc.property(sessionCommand, (sent) => {
        expect(decodeCommand(encodeCommand(sent))).toEqual(sent);
      }),
    );
  });

  test('gives back every result of a command', () => {
    fc.assert(
      fc.property(commandResult, (sent) => {
        expect(decodeCommandResult(encodeResult(sent))).toEqual(sent);
      }),
    );
  });

  test('gives back every result of a query', () => {
    fc.assert(
      fc.property(queryResult, (sent) => {
        expect(decodeQueryResult(encodeResult(sent))).toEqual(sent);
      }),
    );
  });

  test('adds few bytes to a value', () => {
    const command = { type: 'put', key: 'key', value: new Uint8Array(1000) } as const;
    expect(encodeCommand({ session: { client: 'client', sequence: 1 }, command }).length).toBeLessThan(1030);
  });

  test('does not take the result of a query for that of a command, nor the other way round', () => {
    fc.assert(
      fc.property(queryResult, (sent) => {
        expect(decodeCommandResult(encodeResult(sent))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(commandResult, (sent) => {
        expect(decodeQueryResult(encodeResult(sent))).toBeUndefined();
      }),
    );
  });
});

describe.each(decoders)('the decoder of %s', (_, decode) => {
  const messages = fc.oneof(
    sessionCommand.map(encodeCommand),
    fc.oneof(commandResult, queryResult).map(encodeResult),
  );

  test('refuses another format', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 2, max: 255 }), (bytes, format) => {
        expect(decode(Uint8Array.of(format, ...bytes.subarray(1)))).toBeUndefined();
      }),
    );
  });

  test('refuses a message that was cut short or has something after it', () => {
    fc.assert(
      fc.property(messages, fc.nat(), (bytes, length) => {
        expect(decode(bytes.subarray(0, length % bytes.length))).toBeUndefined();
        expect(decode(Uint8Array.of(...bytes, 0))).toBeUndefined();
      }),
    );
  });

  test('refuses any other bytes, and never throws', () => {
    const arrays = fc
      .array(fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), text, value))
      .map((fields) => encode(fields));
    const noise = fc.oneof(fc.uint8Array(), arrays).map((bytes) => Uint8Array.of(1, ...bytes));
    fc.assert(
      fc.property(noise, (bytes) => {
        expect(decode(bytes)).toBeUndefined();
      }),
    );
    expect(decode(new Uint8Array(100_000).fill(0x81).fill(1, 0, 1))).toBeUndefined();
  });

  test('refuses a message with a field too many, too few, or of another type', () => {
    const wrong = [null, -1, 1.5, true, 'text', new Uint8Array(1), []];
    const right = ['client', 1, 'put', 'key', new Uint8Array(1)];
    const candidates = [
      [...right, 1],
      right.slice(0, 4),
      ['client', 1, 'delete', 'key', null],
      ['client', -1, 'delete', 'key'],
      [1, 1, 'delete', 'key'],
      ['client', 1, 'move', 'key'],
      ['absent', 1],
      ['found', 1],
      ...wrong.map((field) => ['found', field, field]),
      ['appended', 1],
      ['written', 1, 1],
      ['deleted', 1, null],
      ['session-malformed', 1],
      ...wrong.map((field) => ['sequence-stale', field]),
    ];
    for (const fields of candidates) expect(decode(Uint8Array.of(1, ...encode(fields)))).toBeUndefined();
  });
});
