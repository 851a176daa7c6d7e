import { UnexpectedAnswer } from './load.ts';

const REPEATS_MAX = 2;

/**
 * Measures again when a request was refused: an error must not pass for a fast success, nor may one end all that was
 * measured so far. Every refusal is told, for the report.
 */
export async function repeatRefused<Result>(
  measure: () => Promise<Result>,
  onRefused: (reason: string) => void,
): Promise<Result> {
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await measure();
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer) || repeats === REPEATS_MAX) throw error;
      onRefused(describeRefusal(error));
    }
  }
}

/** The status, with the code of the problem if there is one. */
export function describeRefusal({ status, text }: UnexpectedAnswer): string {
  const [, code = ''] = /"code":"([\w-]+)"/.exec(text) ?? [];
  return `${status} ${code}`.trimEnd();
}
