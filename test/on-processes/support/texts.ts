/** So many different lines; every fifth is blank. */
export function numberedLines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => (at % 5 === 4 ? '\n' : `line number ${at + 1}\n`));
}
