/**
 * The form of a golden script: blocks of commands, `---`, and the trace that they give, up to an empty line.
 * Lines that begin with `#` are comments. `rewrite` gives the script with the traces that it gives now.
 */

const SEPARATOR = '---';

export interface Command {
  readonly name: string;
  readonly positional: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

export function parseCommand(line: string): Command {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const named = words.filter((word) => word.includes('=')).map((word) => word.split('=', 2));
  return {
    name,
    positional: words.filter((word) => !word.includes('=')),
    named: new Map(named.map(([key = '', value = '']) => [key, value])),
  };
}

export function rewrite(text: string, run: (command: Command) => readonly string[]): string {
  return parseBlocks(text)
    .map((lines) => {
      if (!lines.some(isCommand)) return lines;
      const trace = lines.filter(isCommand).flatMap((line) => run(parseCommand(line)));
      return [...lines, SEPARATOR, ...(trace.length === 0 ? ['ok'] : trace)];
    })
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

const isCommand = (line: string): boolean => !line.startsWith('#');

/** Commands and comments as they stand in the file, without the traces. */
function parseBlocks(text: string): readonly (readonly string[])[] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const lines = block.split('\n');
      const end = lines.indexOf(SEPARATOR);
      return end === -1 ? lines : lines.slice(0, end);
    });
}
