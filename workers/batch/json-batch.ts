/** A batch in one body of JSON: read whole, and refused whole. */

import { LIMITS, type Problem, problem } from '../../src/protocol/index.ts';
import { parseJson } from '../routes/json-body.ts';
import { type BatchOperation, isObject, otherThan, readOperation } from './operation.ts';

export type JsonBatch =
  | { readonly type: 'operations'; readonly operations: readonly BatchOperation[] }
  | { readonly type: 'refused'; readonly problem: Problem };

export function readJsonBatch(body: Uint8Array | 'too-large'): JsonBatch {
  if (body === 'too-large') {
    const bytesMax = LIMITS.batchBodyBytesMax;
    const detail = `A batch is at most ${bytesMax} bytes long; a stream of lines (application/x-ndjson) may be longer. Nothing was executed.`;
    return { type: 'refused', problem: problem('body-too-large', detail, { bytesMax }) };
  }
  const json = parseJson(body);
  if (json === undefined) return malformed('The body is not JSON in UTF-8.');
  if (!isObject(json) || !Array.isArray(json['operations'])) {
    return malformed('The body is an object whose field "operations" is a list.');
  }
  const wrong = otherThan(json, ['operations'], 'batch');
  if (wrong !== undefined) return malformed(`The body is wrong: ${wrong.what}.`);
  return readAll(json['operations']);
}

function readAll(list: readonly unknown[]): JsonBatch {
  if (list.length > LIMITS.batchOperationsMax) {
    return malformed(
      `A batch has at most ${LIMITS.batchOperationsMax} operations, and this one has ${list.length}.`,
    );
  }
  const operations: BatchOperation[] = [];
  for (const [at, one] of list.entries()) {
    const read = readOperation(one);
    if (read.type === 'mistake') {
      const detail = `Operation ${at + 1} (operations[${at}]): ${read.what}. Nothing was executed.`;
      return { type: 'refused', problem: problem(read.code, detail, read.fields) };
    }
    operations.push(read);
  }
  return { type: 'operations', operations };
}

function malformed(detail: string): JsonBatch {
  return { type: 'refused', problem: problem('body-malformed', `${detail} Nothing was executed.`) };
}
