/** An answer as an HTTP response: its fields are headers. */

import {
  formatEtag,
  formatPosition,
  HEADERS,
  type Position,
  problemResponse,
  withRevision,
} from '../../src/protocol/index.ts';
import type { Answer, AnswerFields } from './answers.ts';

type HeaderFields = Readonly<Record<string, string>>;

/** What was asked, by somebody who had seen so much. */
export interface Asked {
  readonly shard: number;
  readonly seen: Position;
  /** What the answer has whatever it says. */
  readonly headers: HeaderFields;
}

export function answerResponse(answer: Answer, asked: Asked): Response {
  const headers = headersOf(answer.fields, asked);
  if (answer.type === 'problem') return problemResponse(answer.problem, headers);
  const { value } = answer;
  return value === undefined
    ? new Response(null, { status: 204, headers })
    : new Response(value, { headers: { ...headers, ...AS_BYTES, 'content-length': String(value.length) } });
}

/**
 * Never a type that a browser or a client library would look into: a value is what its writer wanted it to be. A
 * browser keeps it as a file; what it does not keep, it does not run (common-headers.ts).
 */
const AS_BYTES = { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' } as const;

const NAMED = ['previous', 'length', 'existed', 'consistency', 'ageMs'] as const;

function headersOf(fields: AnswerFields, { seen, shard, headers }: Asked): HeaderFields {
  const all: Record<string, string> = { ...headers };
  const { version, revision } = fields;
  if (version !== undefined) all['etag'] = formatEtag(version);
  if (revision !== undefined) all[HEADERS.position] = formatPosition(withRevision(seen, shard, revision));
  for (const name of NAMED) {
    const field = fields[name];
    if (field !== undefined) all[HEADERS[name]] = String(field);
  }
  return all;
}
