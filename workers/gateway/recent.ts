/**
 * What asks many replicas is asked of them once a second, however many want to know: an answer is good for that long,
 * and while the next one is being made those who come hear the last. An answer is data: nobody waits for what another
 * request has begun.
 */
const GOOD_FOR_MS = 1000;

export function recent<Answer>(make: () => Promise<Answer>): () => Promise<Answer> {
  let last: { readonly answer: Answer; readonly atMs: number } | undefined;
  let isUnderWay = false;
  return async () => {
    if (last !== undefined && (isUnderWay || Date.now() - last.atMs < GOOD_FOR_MS)) return last.answer;
    isUnderWay = true;
    try {
      const answer = await make();
      last = { answer, atMs: Date.now() };
      return answer;
    } finally {
      isUnderWay = false;
    }
  };
}
