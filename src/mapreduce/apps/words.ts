/** What the lab takes for a word: a longest sequence of letters. One at a time, for a text has very many. */
export function* wordsOf(text: string): Generator<string, void> {
  for (const [word] of text.matchAll(/\p{L}+/gu)) yield word;
}

export function* linesOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    yield text.slice(from, end);
    from = end + 1;
  }
}
