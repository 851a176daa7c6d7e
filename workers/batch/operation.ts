/** One operation of a batch, read from JSON. What is not asked for exactly is refused by name, and nothing is guessed. */

import { decodeBase64, encodeText } from '../../src/codec/index.ts';
import type { Command } from '../../src/kv/index.ts';
import { keyProblem, LIMITS, type ProblemCode, type ProblemFields } from '../../src/protocol/index.ts';
import { KEY_RULES, keyProblemFields } from '../routes/key-problem.ts';

export type BatchOperation = Command | { readonly type: 'get'; readonly key: string };

/** What is wrong with an operation, in a clause that follows its number. */
export interface Mistake {
  readonly type: 'mistake';
  readonly code: ProblemCode;
  readonly what: string;
  readonly fields: ProblemFields;
}

const OPERATIONS = '"put", "append", "delete" and "get"';
const NAMED_LENGTH_MAX = 60;

export function readOperation(json: unknown): BatchOperation | Mistake {
  if (!isObject(json)) return mistake('an operation is an object');
  const { op, key } = json;
  if (typeof op !== 'string') return mistake(`"op" is one of ${OPERATIONS}`);
  if (typeof key !== 'string') return mistake('"key" is a text');
  switch (op) {
    case 'put':
    case 'append':
      return readWrite(op, key, json);
    case 'delete':
    case 'get':
      return otherThan(json, ['op', 'key'], op) ?? keyMistake(key) ?? { type: op, key };
    default:
      return mistake(`"op" is one of ${OPERATIONS}, and not ${named(op)}`);
  }
}

function readWrite(
  type: 'put' | 'append',
  key: string,
  json: Readonly<Record<string, unknown>>,
): Command | Mistake {
  const wrong = otherThan(json, ['op', 'key', 'value', 'base64'], type) ?? keyMistake(key);
  if (wrong !== undefined) return wrong;
  const { value: text, base64 } = json;
  if ((text === undefined) === (base64 === undefined)) {
    return mistake(`a ${type} has "value" or "base64", and not both`);
  }
  const value = text === undefined ? readBase64(base64) : readText(text);
  if ('what' in value) return value;
  if (value.length > LIMITS.valueBytesMax) {
    const bytesMax = LIMITS.valueBytesMax;
    return {
      ...mistake(`a value is at most ${bytesMax} bytes long`, 'value-too-large'),
      fields: { bytesMax },
    };
  }
  return { type, key, value };
}

function readText(text: unknown): Uint8Array | Mistake {
  if (typeof text !== 'string') return mistake('"value" is a text; other bytes go into "base64"');
  return text.isWellFormed() ? encodeText(text) : mistake('"value" has half of a surrogate pair');
}

function readBase64(base64: unknown): Uint8Array | Mistake {
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined;
  return bytes ?? mistake('"base64" is no base64 as RFC 4648 §4 has it, padding included');
}

function keyMistake(key: string): Mistake | undefined {
  const code = keyProblem(key);
  return code && { ...mistake(KEY_RULES[code], code), fields: keyProblemFields(code) };
}

/** A field that is not ours may mean that something else was wanted. */
export function otherThan(json: object, allowed: readonly string[], what: string): Mistake | undefined {
  const other = Object.keys(json).find((name) => !allowed.includes(name));
  return other === undefined ? undefined : mistake(`a ${what} has no field ${named(other)}`);
}

/** As JSON has it, and short. */
function named(text: string): string {
  return JSON.stringify(text.length > NAMED_LENGTH_MAX ? `${text.slice(0, NAMED_LENGTH_MAX)}…` : text);
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function mistake(what: string, code: ProblemCode = 'body-malformed'): Mistake {
  return { type: 'mistake', code, what, fields: {} };
}
