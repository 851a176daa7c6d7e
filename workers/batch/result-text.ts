/** An answer as one result of a batch, in JSON: what a response says in its headers, its status and its body. */

import { decodeText, encodeBase64 } from '../../src/codec/index.ts';
import { formatEtag, formatPosition, type Problem } from '../../src/protocol/index.ts';
import type { Answer, AnswerFields } from '../routes/answers.ts';

/** `position` is about the key's shard alone: all that a sender has seen, in each of many results, would be long. */
export function resultText(answer: Answer, shard: number): string {
  const { version, revision, ...others } = answer.fields;
  return JSON.stringify({
    status: statusOf(answer),
    ...(version === undefined ? {} : { etag: formatEtag(version) }),
    ...(revision === undefined ? {} : { position: formatPosition(new Map([[shard, revision]])) }),
    ...(others satisfies AnswerFields),
    ...(answer.type === 'problem' ? { problem: answer.problem } : valueFields(answer.value)),
  });
}

export function problemText(problem: Problem): string {
  return JSON.stringify({ status: problem.status, problem });
}

function statusOf(answer: Answer): number {
  if (answer.type === 'problem') return answer.problem.status;
  return answer.value === undefined ? 204 : 200;
}

function valueFields(value: Uint8Array | undefined): object {
  if (value === undefined) return {};
  try {
    return { value: decodeText(value) };
  } catch {
    return { base64: encodeBase64(value) };
  }
}
