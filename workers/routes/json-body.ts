/** A body of JSON that a schema describes. */

import type * as z from 'zod';
import { decodeText } from '../../src/codec/index.ts';
import { LIMITS, type Problem, problem } from '../../src/protocol/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import { withBody } from './body.ts';

export type JsonBody<Value> =
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'refused'; readonly problem: Problem };

export async function readJson<Value>(
  request: Request,
  schema: z.ZodType<Value>,
  bytesMax: number,
  bodies: ByteBudget,
): Promise<JsonBody<Value>> {
  if (mediaType(request.headers) !== 'application/json') {
    const detail = 'The body of this request is JSON, and says so: content-type: application/json.';
    return { type: 'refused', problem: problem('content-type-unsupported', detail) };
  }
  return withBody(request, bytesMax, bodies, async (bytes) => parseBody(bytes, schema, bytesMax));
}

function parseBody<Value>(
  bytes: Uint8Array | 'too-large',
  schema: z.ZodType<Value>,
  bytesMax: number,
): JsonBody<Value> {
  if (bytes === 'too-large') {
    const detail = `The body of this request is at most ${bytesMax} bytes long.`;
    return { type: 'refused', problem: problem('body-too-large', detail, { bytesMax }) };
  }
  const json = parseJson(bytes);
  if (json === undefined) return malformed('The body is not JSON in UTF-8.');
  const parsed = schema.safeParse(json);
  return parsed.success ? { type: 'value', value: parsed.data } : malformed(describe(parsed.error));
}

/** A page of another site may send a few other types without asking first (Fetch standard, "CORS-safelisted"). */
export function mediaType(headers: Headers): string | undefined {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** There is no JSON for undefined. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes));
  } catch {
    return undefined;
  }
}

function malformed(detail: string): JsonBody<never> {
  return { type: 'refused', problem: problem('body-malformed', detail) };
}

/** The first few mistakes: a body of 64 KiB has room for thirty thousand. */
function describe({ issues }: z.ZodError): string {
  const named = issues
    .slice(0, LIMITS.issuesMax)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  const left = issues.length - named.length;
  return `The body is not what is expected here. ${named.join('; ')}${left === 0 ? '' : `; and ${left} more`}.`;
}
