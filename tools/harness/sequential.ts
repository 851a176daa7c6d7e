import { encodeLooseText } from '../../src/codec/index.ts';
import { type Application, type Arguments, formatLine, linesOf } from '../../src/mapreduce/index.ts';

export interface SequentialInput {
  readonly name: string;
  readonly contents: string;
}

/**
 * The lab's `mrsequential`, against which distributed runs are compared: everything in memory, one call of `map` for
 * each input, keys in order. Shares nothing with the distributed run but the application.
 */
export async function runSequential(
  application: Application,
  inputs: Iterable<SequentialInput>,
  given: Arguments = {},
): Promise<string> {
  const groups = new Map<string, string[]>();
  const emit = (key: string, value: string): void => {
    const values = groups.get(key);
    if (values === undefined) groups.set(key, [value]);
    else values.push(value);
  };
  for (const { name, contents } of inputs) {
    await application.map(name, contents, emit, {
      arguments: given,
      lines: () => linesOf(encodeLooseText(contents), 0),
      giveWay: async () => {},
    });
  }
  const lines: string[] = [];
  for (const [key, values] of [...groups].sort(([left], [right]) => (left < right ? -1 : 1))) {
    lines.push(formatLine(key, await application.reduce(key, each(values), { arguments: given })));
  }
  return lines.join('');
}

async function* each(values: readonly string[]): AsyncGenerator<string, void> {
  yield* values;
}
