import { type Problem, problem } from '../../src/protocol/index.ts';

/**
 * Refuses what would do harm if it were ignored: a write that should happen only under a condition, and one that
 * brings only a part of the value. The other headers of this kind may be ignored, says RFC 9110: those about dates,
 * because a value has no date (§13.1.3, §13.1.4), and Range, because nobody is obliged to honour it (§14.2).
 */
export function unsupported({ method, headers }: Request): Problem | undefined {
  const isRead = method === 'GET' || method === 'HEAD';
  for (const header of isRead ? CONDITIONS_OF_READS : CONDITIONS_OF_WRITES) {
    if (!headers.has(header)) continue;
    const detail = `${header} is not supported on ${method} yet. Nothing was executed.`;
    return problem('condition-unsupported', detail);
  }
  if (!headers.has('Content-Range')) return undefined;
  const detail = 'A value is written as a whole: Content-Range is not supported. Nothing was executed.';
  return problem('partial-put-unsupported', detail);
}

const CONDITIONS_OF_READS = ['If-Match'];
const CONDITIONS_OF_WRITES = ['If-Match', 'If-None-Match'];
