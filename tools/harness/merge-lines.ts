/** Merges texts whose lines are sorted, as `sort --merge` does. Holds one line and one chunk of each. */
export async function* mergeLines(
  texts: readonly ReadableStream<Uint8Array>[],
): AsyncGenerator<string, void> {
  const heads: { readonly line: string; readonly rest: AsyncIterator<string> }[] = [];
  const push = async (rest: AsyncIterator<string>): Promise<void> => {
    const next = await rest.next();
    if (next.done !== true) heads.push({ line: next.value, rest });
  };
  for (const text of texts) await push(linesOf(text));
  for (;;) {
    heads.sort((left, right) => (left.line < right.line ? -1 : 1));
    const first = heads.shift();
    if (first === undefined) return;
    yield first.line;
    await push(first.rest);
  }
}

/** Without their line feeds. */
async function* linesOf(text: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of text.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
